-- expect: contained
-- Keys that mean something to an engine or to the host are keys like others in what crosses.
local odd = { __proto__ = { canary = 1 }, constructor = { prototype = { canary = 1 } }, __index = { canary = 1 }, __gc = "x", __mode = "k", __class__ = "x", __call = 1 }
local back = Probe.echo(odd)
if back.canary or getmetatable(back) or ({}).canary or ("").canary then return "polluted" end
if back.__index.canary ~= 1 or back.constructor.prototype.canary ~= 1 then return "lost" end
if pcall(function() return back() end) then return "called" end
local tried = attempt(function() return Probe.typed("a", 1, setmetatable({}, { __index = { loud = true } })) end)
if tried.ok and tried.value == "A" then return "inherited options" end
tried = attempt(function() return Probe.typed("a", 1, { __index = { loud = true } }) end)
if tried.ok and tried.value == "A" then return "options" end
return "contained"
