-- What took too long has ended when timeout raises, and so have the functions that it began.
local function slow(name)
  local ok, e = pcall(Watch.hang)
  print("cleans up: " .. name)
  error(e)
end
print(attempt(function() timeout("20ms", function() slow("one") end) end).error.kind)
print(attempt(function() timeout("20ms", function() map({ "two", "three" }, slow) end) end).error.kind)
local flow = Workflow.sequence { steps = { { run = function() slow("four") end, timeout = "20ms" } } }
print(attempt(function() flow.run() end).error.kind)
return Watch.cancelled()
