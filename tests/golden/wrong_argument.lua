local names = { "ann", "bob" }
local reply = ask(names, { model = "echo" })
