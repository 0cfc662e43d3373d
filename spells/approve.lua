local args = spell {
  about = "Draft a reply, and write it down once a person agrees",
  input = "text",
  params = { file = "reply.md" },
  allow = { write = { "replies/" } },
  budget = { usd = 0.1 },
}

local draft = ask("Write a polite reply to:\n\n{{input}}", { vars = args })
if not approve("Write this reply down?", { details = draft.text, timeout = "7d" }) then
  return "nothing written"
end

Fs.write("replies/" .. args.file, draft)
return "replies/" .. args.file
