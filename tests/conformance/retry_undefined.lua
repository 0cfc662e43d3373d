-- A name that does not exist will not exist at the next attempt.
local calls = 0
local tried = attempt(function()
  retry({ wait = "1h" }, function()
    calls = calls + 1
    return aks("x")
  end)
end)
return { tried.error.message, tried.error.data.attempts, calls }
