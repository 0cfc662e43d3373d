-- attempt never swallows the cancelling of its own function: the loop below ends.
local tries = 0
local tried = attempt(function()
  timeout(0.03, function()
    while true do
      tries = tries + 1
      attempt(function() Watch.hang() end)
    end
  end)
end)
return { tried.error.kind, tries }
