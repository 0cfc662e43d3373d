-- A step is tried again as the verb `retry` would; so is a whole flow.
local function failing(times)
  local count = 0
  return function(value)
    count = count + 1
    Watch.note(count)
    if count <= times then Probe.fail("not yet") end
    return value .. " after " .. count
  end
end
local flow = Workflow.sequence { steps = { { run = failing(2), retry = { times = 3, wait = 0 } } } }
local nested = Workflow.sequence { steps = { { run = Workflow.sequence { steps = { failing(1) } }, retry = { times = 2, wait = 0 } } } }
local never = Workflow.graph { nodes = { a = { run = failing(9), retry = { times = 2, wait = 0, on = { "http" } } } } }
return { flow:run("done"), nested:run("done"), attempt(function() return never:run("x") end).error.data }
