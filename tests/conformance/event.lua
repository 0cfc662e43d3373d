local heard = {}
local paid = Event.on("order.*", function(e) heard[#heard + 1] = e.name .. " " .. e.data.id end)
Event.on("order.paid", function(e)
  sleep(0)
  heard[#heard + 1] = "receipt " .. e.data.id
end)
local waiting = spawn(function() return Event.wait("order.s*").data.id end)
sleep(0)
local told = { Event.emit("order.paid", { id = 1 }), Event.emit("order.sent", { id = 2 }), Event.emit("other") }
paid:cancel()
told[4] = Event.emit("order.paid", { id = 3 })
return { heard = heard, told = told, waited = waiting:wait() }
