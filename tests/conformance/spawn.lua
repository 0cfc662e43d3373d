-- A task runs beside its parent; wait gives its result as often as it is asked, or raises its error.
local task = spawn(function()
  print("task begins")
  Probe.slow(0.01)
  print("task ends")
  return { 42 }
end)
print("parent goes on")
local first, again = task:wait(), task.wait()
local failing = spawn(function() Probe.fail("it failed") end)
local tried = attempt(function() return failing:wait() end)
local twice = attempt(function() return failing:wait() end)
return { first, again, tried.error.kind, tried.error.message, twice.error.message }
