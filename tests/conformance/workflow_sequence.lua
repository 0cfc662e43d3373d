-- Each step gets what the one before it returned; the number of a step counts as in `map`.
local index = {}
local flow = Workflow.sequence {
  name = "greeting",
  steps = {
    function(name, i) index[1] = i return "dear " .. name end,
    { name = "shout", run = function(text, i) index[2] = i return text:upper() end },
    Workflow.sequence { steps = { function(text) return Probe.echo(text .. "!") end } },
  },
}
local shifted = index
local results = { flow:run("ann"), flow.run("bob"), Workflow.sequence { steps = {} }:run("as it was") }
local nothing = Workflow.sequence { steps = { function() end, function(value) return value == nil end } }:run("lost")
return { flow.name, Workflow.sequence { steps = {} }.name, results, nothing, shifted[2] - shifted[1], Workflow:sequence({ steps = {} }).kind }
