-- What is no data is refused before anything is sent.
local cycle = {}
cycle.self = cycle
local list_cycle = {}
list_cycle[1] = { list_cycle }
local bad = {
  cycle, list_cycle, 0 / 0, math.huge, -math.huge, { x = 0 / 0 }, "\xff", { ["\xff"] = 1 }, "x\xed\xa0\x80", { print }, { f = function() end },
  coroutine.create(print), { coroutine.create(print) },
}
local kinds, silent = {}, 0
for i, value in ipairs(bad) do
  local tried = attempt(function() return Probe.echo(value) end)
  kinds[i] = tried.ok and "fine" or tried.error.kind
  if not tried.ok and #tried.error.message < 20 then silent = silent + 1 end
end
return { kinds, silent }
