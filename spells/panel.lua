local args = spell {
  about = "A panel answers side by side, a chair synthesises",
  params = { question = { type = "string", about = "what to put to the panel" } },
  budget = { usd = 0.5 },
}

local roles = { "security engineer", "staff developer", "finance lead" }

local views = map(roles, function(role)
  return ask(args.question, { name = role, system = "You are a " .. role .. ". Answer in three sentences." })
end)

return ask("Synthesise one answer to: {{question}}\n\n{{views}}", {
  name = "chair",
  vars = { question = args.question, views = views },
})
