-- A step that fails is not remembered; whoever waits for it gets the error, with a trace of its own.
local runs = 0
local function work()
  runs = runs + 1
  Probe.slow(0.01)
  if runs == 1 then fail("broken", { kind = "tool" }) end
  return runs
end
local function first() return step("work", work) end
local function second() return step("work", work) end
local both = parallel({ first = first, second = second }, { on_error = "keep" })
local traces = {}
for i, each in ipairs(both.failed) do
  traces[i] = { each.item, each.error.message, each.error.kind, each.error.where.line, #each.error.trace }
  for _, place in ipairs(each.error.trace) do traces[i][#traces[i] + 1] = place.line end
end
return { traces, step("work", work), step("work", work), runs }
