-- expect: contained or script
-- profiles: low medium
-- Many secrets, in many headers, at once.
local secret = attempt(function() return Secrets.get("canary") end).value
for _ = 1, 200 do attempt(function() return Secrets.get("canary") end) end
if not secret then return "contained" end
local headers = {}
for i = 1, 5000 do headers["x-" .. i] = secret end
local tried = attempt(function() return Http.get("http://127.0.0.1:9/", { headers = headers }) end)
assert(tried.error.kind == "args", tried.error.message)
local deep = secret
for _ = 1, 60 do deep = { deep } end
assert(not attempt(function() return Http.get("http://127.0.0.1:9/", { headers = { a = deep } }) end).ok)
return "contained"
