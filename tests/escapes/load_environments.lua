-- expect: contained
-- Text that is compiled sees the globals of the spell and nothing more, whatever environment it names.
local load = rawget(_G, "load")
if not load then return "contained" end
local ok, fn = pcall(load, "return _G", "x", "t")
if ok and fn and fn() ~= _G then return "another _G" end
ok, fn = pcall(load, "return io or os and os.execute or debug", "x", "t", {})
if ok and fn then
  local found, value = pcall(fn)
  if found and value then return "an environment of its own" end
end
ok, fn = pcall(load, "return ...", "=prelude", "t")
ok, fn = pcall(load, "error('x')", "@/etc/passwd", "t")
local _, e = pcall(fn or error)
return "contained"
