-- What runs is what was read before: the argument of spell() is not looked at.
local args = spell { about = "n", params = { n = 1 } }
local again = spell()
local other = spell { params = { n = 99 } }
return { args.n, again.n, other.n }
