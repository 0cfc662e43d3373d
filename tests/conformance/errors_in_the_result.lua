return map({ 1, 2 }, function(n)
  if n == 2 then fail("two is wrong") end
  return n
end, { on_error = "keep" })
