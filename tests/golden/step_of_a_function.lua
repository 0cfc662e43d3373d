local make = step("make", function()
  return function() return 1 end
end)
return make()
