-- The inner limit is the inner one's, the outer one's reaches through it.
local inner = attempt(function()
  return timeout(5, function()
    local tried = attempt(function() timeout(0.01, function() Watch.hang() end) end)
    return tried.error.kind
  end)
end)
local outer = attempt(function()
  timeout(0.02, function() timeout(5, function() Watch.hang() end) end)
end)
return { inner.value, outer.error.kind, Watch.cancelled() }
