-- What is no data is refused before anything is sent, at the line of the call.
local cycle = {}
cycle.self = cycle
local list_cycle = {}
list_cycle[1] = { list_cycle }
local bad = {
  cycle, list_cycle, 0 / 0, math.huge, -math.huge, { x = 0 / 0 }, 9007199254740992, -9007199254740992, math.maxinteger, "\xff", { ["\xff"] = 1 },
  "\xed\xa0\x80", { print }, { f = function() end }, coroutine.create(print), { coroutine.create(print) },
}
local kinds, silent = {}, 0
for i, value in ipairs(bad) do
  local tried = attempt(function() return Probe.echo(value) end)
  kinds[i] = tried.ok and "fine" or tried.error.kind
  if not tried.ok and #tried.error.message < 10 then silent = silent + 1 end
end
return { kinds, silent }
