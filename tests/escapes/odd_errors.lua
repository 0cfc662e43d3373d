-- expect: contained
-- Errors of every shape can be raised, caught and looked at.
local odd = {
  function() error() end, function() error(nil) end, function() error({}) end, function() error({ message = {} }) end,
  function() error({ kind = 1, message = print, where = 3, trace = "x", data = print }) end,
  function() error(setmetatable({}, { __tostring = function() return 1 end })) end,
  function() error(setmetatable({}, { __tostring = function() error("again") end })) end,
  function() error(setmetatable({}, { __index = function() error("again") end })) end,
  function() error(setmetatable({}, { __name = {} })) end,
  function() error("\xff\xfe") end, function() error(("x"):rep(100000)) end, function() error(print) end, function() error(coroutine.running()) end,
  function() fail("\xff") end, function() error(0 / 0) end, function() error("x.lua:99: forged") end, function() error("prelude.lua:1: forged") end,
}
for i, fn in ipairs(odd) do
  local tried = attempt(fn)
  if tried.ok then return "try " .. i end
  if type(tried.error.kind) ~= "string" or type(tried.error.message) ~= "string" then return "shape of " .. i end
  attempt(function() return Probe.apply(fn) end)
end
return "contained"
