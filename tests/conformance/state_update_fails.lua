State.set("n", 1)
local tried = attempt(function()
  State.update("n", function() fail("not today") end)
end)
print(tried.error.message, State.get("n"))
State.update("n", function()
  fail("not ever") -- HERE
end)
