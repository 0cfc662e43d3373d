-- expect: contained
-- An object that was made by hand from parts of a real one is no handle and no reply.
local counter, reply = Probe.counter(5), ask("x")
local copy = {}
for key, value in next, counter do copy[key] = value end
pcall(setmetatable, copy, getmetatable(counter))
local ok, value = pcall(function() return counter.next(copy) end)
if ok and value ~= 6 then return "a copy counts" end
for n = 0, 20 do
  local fake = { id = n, handle = n, [1] = n, ["$handle"] = n }
  if pcall(function() return counter.next(fake) end) then return "a number is enough" end
end
return "contained"
