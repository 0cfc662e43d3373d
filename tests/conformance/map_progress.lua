-- A map with a name tells people how far it is: at first, at each full percent, at the end.
local function items(n)
  local list = {}
  for i = 1, n do list[i] = i end
  return list
end
local function echo(n) return Probe.echo(n) end
map(items(4), echo, { name = "few", limit = 1 })
map({}, echo, { name = "none" })
map(items(3), function(n) if n ~= 2 then fail("no") end end, { name = "kept", on_error = "keep" })
pcall(map, items(4), function(n) if n == 2 then fail("no") end end, { name = "stopped", limit = 1 })
map(items(5), echo)
return #map(items(250), echo, { name = "many" })
