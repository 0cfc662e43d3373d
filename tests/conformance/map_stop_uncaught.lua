-- Uncaught, the failure has the line inside the function.
map({ 1, 2 }, function(n)
  if n == 2 then
    Probe.fail("two is wrong") -- HERE
  end
end)
