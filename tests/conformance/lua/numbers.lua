-- Lua has integers of 64 bits and tells them from floats; both cross as they are.
local list = { math.maxinteger, math.mininteger, 9007199254740993, 1e300, 2.0, -0.0 }
local back = Probe.echo(list)
local types = {}
for i, n in ipairs(list) do
  assert(back[i] == n)
  types[i] = math.type(back[i])
end
return { types, back, Watch.large() == 1 << 60 }
