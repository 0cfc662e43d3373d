-- What a failure has cancelled has ended before the flow returns.
local function waiting(name)
  return function()
    pcall(Watch.hang)
    print(name .. " has ended")
  end
end
local inner = Workflow.graph { nodes = { deep = waiting("deep") } }
local flow = Workflow.parallel { branches = { a = waiting("a"), b = function() Probe.slow(0.01) fail("b") end, c = inner } }
local tried = attempt(function() return flow:run() end)
print(tried.error.message .. " is caught")
