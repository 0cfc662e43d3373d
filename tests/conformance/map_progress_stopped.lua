-- What a failure has cancelled has not ended by itself: nobody is told of it.
local function work(n)
  if n == 2 then fail("no") end
  return Watch.hang()
end
local tried = attempt(function() map({ 1, 2, 3, 4, 5 }, work, { limit = 5, name = "meter" }) end)
return tried.error.message
