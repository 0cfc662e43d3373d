-- A step that waits for itself would wait for ever.
return step("a", function()
  return step("b", function() return step("a", function() return 1 end) end) -- HERE
end)
