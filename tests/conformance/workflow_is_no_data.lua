-- A flow is not data, has no other members than its own, and cannot be changed.
local flow = Workflow.sequence { name = "polish", steps = {} }
local function told(fn)
  local error = attempt(fn).error
  return { error.kind, error.message }
end
print(flow)
return {
  told(function() return Json.encode(flow) end), told(function() return Probe.echo(flow) end), told(function() return flow.rn end),
  told(function() flow.name = "x" end), told(function() return Workflow.serial {} end), told(function() Workflow.x = 1 end), flow.name,
}
