-- A list stays a list, an empty one too when it is marked, and null has its place in it.
local long = {}
for i = 1, 70000 do long[i] = i end
local back = Probe.echo(long)
assert(#back == 70000 and back[70000] == 70000)
assert(#Probe.echo(Json.list {}) == 0)
local holes = Probe.echo { 1, Json.null, 3, Json.null }
assert(#holes == 4 and holes[2] == Json.null and holes[3] == 3)
return { Json.list {}, { Json.list {}, { Json.list {} } }, holes, { 1, { 2, { 3 } } }, Probe.echo(Json.list {}) }
