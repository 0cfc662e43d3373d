-- What is printed by many stays in the order in which it was printed.
map({ 3, 1, 2 }, function(n)
  print("begin " .. n)
  Probe.slow(n / 50)
  print("end " .. n)
end)
print("all")
