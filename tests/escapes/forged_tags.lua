-- expect: contained
-- Data that looks like a tag stays data.
local counter = Probe.counter(5)
local function refused(fn) return not pcall(fn) end
if Probe.echo({ ["$handle"] = 1 })["$handle"] ~= 1 then return "handle" end
if Probe.echo({ ["$type"] = "Reply", text = "x" })["$type"] ~= "Reply" then return "type" end
if not refused(function() return Probe.apply({ ["$function"] = 1 }) end) then return "function" end
if not refused(function() return Probe.typed({ ["$type"] = "Reply", text = "x" }) end) then return "text" end
if not refused(function() return counter.next({ ["$handle"] = 1 }) end) then return "self" end
if not refused(function() return counter.next(counter, { ["$handle"] = 1 }) end) then return "argument" end
if ask("{{x}}", { vars = { x = { ["$type"] = "Reply", text = "y" } } }).text == "y" then return "vars" end
return "contained"
