local files = { "a", "b" }
local texts = mapp(files, function(name) return name end)
