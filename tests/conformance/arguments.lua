-- spell() returns what the person gave, filled up with defaults and checked.
local args = spell {
  about = "all kinds of parameters",
  params = { word = "string", count = 3, ratio = 0.5, loud = false, names = { "string" }, level = { choices = { "a", "b" }, default = "b" } },
}
return { args.word, args.count, args.ratio, args.loud, args.names, args.level }
