Event.on("a", function()
  fail("cannot bear it") -- HERE
end)
Event.emit("a")
