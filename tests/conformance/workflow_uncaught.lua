-- Uncaught, the failure has the line inside the step, and then that of the run; its data says which step it was.
local draft = Workflow.sequence {
  name = "draft",
  steps = {
    function(name) return name .. " and bob" end,
    function(text)
      Probe.fail("no ink for " .. text) -- HERE
    end,
  },
}
local flow = Workflow.graph { name = "letter", nodes = { write = { run = draft, timeout = "5s", retry = { times = 2, wait = 0 } } } }
flow:run("ann")
