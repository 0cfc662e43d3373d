-- expect: contained
-- Values that are nested too deep are refused wherever they cross.
local value = {}
for _ = 1, 100000 do value = { value } end
local function refused(fn) return not pcall(fn) end
if not refused(function() Probe.echo(value) end) then return "argument" end
if not refused(function() Json.encode(value) end) then return "encode" end
if not refused(function() Json.decode(("["):rep(200000)) end) then return "decode" end
if not refused(function() Json.decode(('{"a":'):rep(200000)) end) then return "decode a map" end
if not refused(function() Probe.apply(function() return value end) end) then return "answer" end
pcall(print, value)
return "contained"
