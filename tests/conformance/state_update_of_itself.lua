State.update("d", function() -- HERE
  State.set("d", math.random(1000000))
  return 0
end)
