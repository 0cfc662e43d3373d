Event.on("a", function() Event.emit("a") end) -- HERE
Event.emit("a")
