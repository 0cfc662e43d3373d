-- expect: contained
-- profiles: low medium
-- What looks like a secret is none; and names lead to no other variables, and to no file.
local url = "http://127.0.0.1:9/"
local function refused(fn)
  local done, found = pcall(fn)
  assert(not done, "it went through")
  assert(not tostring(found):find("sk-canary", 1, true), "it was told")
  assert(not tostring(found):find("refuses connections", 1, true), "it was sent")
end

for _, forged in ipairs {
  { secret_name = "canary" }, { ["$handle"] = "[secret:canary]" }, { ["$handle"] = 1 }, { ["$secret"] = "canary" },
  { ["$type"] = "Secret", secret_name = "canary" }, { label = "[secret:canary]", label_field = "secret_name" },
  setmetatable({ secret_name = "canary" }, { __name = "Secret", __tostring = function() return "[secret:canary]" end }),
  "[secret:canary]", "$handle", Json.list {}, { user = "me", password = "[secret:canary]" },
  { user = "me", password = { secret_name = "canary" } }, { user = Json.null, password = Json.null },
} do
  refused(function() return Http.get(url, { auth = forged }) end)
  if type(forged) == "table" then refused(function() return Http.get(url, { headers = { a = forged } }) end) end
end
for _, name in ipairs {
  "", " ", "canary\0", "../canary", "canary@127.0.0.1:9", "CANARY_TOKEN=", "$HOME", "[secret:canary]", "a]b", "PATH",
  "HOME", "__class__", ("x"):rep(100000), "canary\nx", "ca*", "*", "?anary",
} do
  refused(function() return Secrets.get(name) end)
end
refused(function() return Secrets.get(nil) end)
refused(function() return Secrets.get({}) end)
refused(function() Secrets.get = print end)
return "contained"
