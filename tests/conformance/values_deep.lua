-- 64 levels cross; one more does not.
local function nest(levels)
  local value = "bottom"
  for _ = 1, levels do value = { value } end
  return value
end
local value, levels = Probe.echo(nest(64)), 0
while type(value) == "table" do value, levels = value[1], levels + 1 end
local late = attempt(function() return Probe.echo(nest(65)) end)
return { value, levels, late.ok, late.error.kind, late.error.message:find("64") ~= nil }
