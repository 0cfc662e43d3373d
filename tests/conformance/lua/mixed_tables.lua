-- A table is a list or a map; what is neither is refused.
local kinds = {}
for i, value in ipairs { { 1, a = 2 }, { [1] = 1, [3] = 3 }, { [0] = 1 }, { [1.5] = 1 }, { [true] = 1 }, { [{}] = 1 }, { { 1, a = 2 } } } do
  local tried = attempt(function() return Probe.echo(value) end)
  kinds[i] = tried.ok and "fine" or tried.error.kind
end
return kinds
