local args = spell { params = { words = 80 } }
local replies = mapp({ "a", "b" }, function(name) return ask(name, { max_tokens = args.wrods }) end)
total = #replies
Log.inf(replies[1].text)
print(string.trim(tidy("x")))
local function tidy(text) return text end
