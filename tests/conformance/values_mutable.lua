-- What arrives is the script's own, to change as it likes.
local list, map = Probe.echo { 1, 2 }, Probe.echo { a = 1 }
table.insert(list, 3)
map.b = 2
map.a = nil
return { list, map }
