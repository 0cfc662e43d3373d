local messages = {}
for _, try in ipairs {
  function() State.set("b", function() end) end,
  function() State.get("b", print) end,
  function() Event.emit("a", function() end) end,
  function() State.set("c", Event.on("x", print)) end,
} do
  messages[#messages + 1] = attempt(try).error.message
end
return messages
