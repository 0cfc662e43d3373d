-- Each node runs once all that it depends on are done, those that do not depend on each other side by side.
local report = Workflow.graph {
  name = "report",
  nodes = {
    sales = function(_, year) return Probe.slow(0.02, year + 1) end,
    costs = function(_, year) return Probe.slow(0.01, year + 2) end,
    profit = { run = function(inputs) return inputs.sales * 10 - inputs.costs end, depends_on = { "sales", "costs" } },
    text = function(inputs, year) return ("%d: %d of %d"):format(year, inputs.profit, inputs.sales) end,
  },
  edges = { { "profit", "text" }, { "sales", "text" }, { "profit", "text" } },
}
local all = Workflow.graph { nodes = { a = function() return 1 end, b = function() return 2 end, c = function() end }, edges = { { "a", "c" } } }
local chosen = Workflow.graph { nodes = { a = function() return 1 end, b = function(inputs) return inputs.a + 1 end }, edges = { { "a", "b" } }, last = "a" }
return { report:run(2000), all:run(), chosen:run(), Workflow.graph { nodes = {} }:run(1), Workflow.graph { nodes = { one = function(inputs, x) return { inputs, x } end } }:run(7) }
