-- What runs is what was read before: the argument of spell() is not looked at.
local args = spell { about = "n", params = { n = 1 } }
local declare = spell
return { args.n, declare().n, declare({ params = { n = 99 } }).n }
