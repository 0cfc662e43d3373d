-- expect: contained
-- A value in which something holds itself, crosses nowhere whole.
local ring = { 1 }
ring[2] = ring
local pair = { a = {} }
pair.a.b = pair
local deep = setmetatable({}, { __index = function() return {} end, __len = function() return 1e9 end, __pairs = function() return function() return 1, 1 end end })
for _, value in ipairs { ring, pair } do
  for _, fn in ipairs {
    function() return Probe.echo(value) end, function() return Event.emit("x", value) end, function() return State.set("x", value) end,
    function() return Log.info("x", value) end, function() return Json.encode(value) end, function() return ask("{{x}}", { vars = { x = value } }) end,
    function() return Run.spell("x", { x = value }) end,
  } do if attempt(fn).ok then return "it went through" end end
end
attempt(function() return Probe.echo(deep) end)
return "contained"
