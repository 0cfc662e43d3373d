-- A verb refuses more arguments than it has parameters, as an op does: they would have no effect.
local function one() return 1 end
local function said(verb, ...)
  local args = table.pack(...)
  local tried = attempt(function() return verb(table.unpack(args, 1, args.n)) end)
  return tried.ok and "ok" or tried.error.kind .. " " .. tried.error.message
end
return {
  said(map, { 1 }, one, {}, 4), said(parallel, { one }, {}, 3), said(race, { one }, { limit = 1 }),
  said(spawn, one, 1), said(step, "a", one, {}), said(attempt, one, 1), said(fail, "x", {}, 3),
  said(timeout, "1s", one, {}), said(retry, {}, one, 3),
  said(Workflow.sequence, { steps = { one } }, 2), said(race, { one }),
}
