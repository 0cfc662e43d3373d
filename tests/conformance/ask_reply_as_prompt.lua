-- A reply is a prompt, a value of a template, and a list of replies is a section for each.
local first = ask("first")
local again = ask(first)
local both = ask("{{a}} and {{n}}", { vars = { a = first, n = 3 } })
local views = map({ "x", "y" }, function(role) return ask("view of " .. role, { name = role }) end)
return { again, both, ask("{{views}}", { vars = { views = views } }) }
