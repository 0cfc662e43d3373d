-- expect: timeout or budget
-- limits: wall=1
-- Events that bring forth events: who emits one waits for all that hear it, so in the end all wait for each other.
Event.on("*", function(event) Event.emit("more", event.data) Event.emit("more", event.data) end)
while true do Event.emit("more", ("x"):rep(1000)) end
