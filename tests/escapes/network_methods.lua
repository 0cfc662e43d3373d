-- expect: contained
-- profiles: medium high
-- No method is smuggled in beside the one that is decided about: not by its spelling, by a header or by the URL.
local methods = {
  "CONNECT", "TRACE", "TRACK", "PRI", "get ", " GET", "GET\0", "GET\r\nX: y", "G\u{0415}T", "\u{ff27}\u{ff25}\u{ff34}", "GET http://example.com/",
  "POST https://example.com/ HTTP/1.1\r\n\r\nGET", "", "*", "GET|POST", ("A"):rep(10000), 1, true, {}, { "GET" }, function() end,
}
local headers = {
  { ["X-HTTP-Method-Override"] = "DELETE" }, { ["x_http_method"] = "DELETE" }, { ["X-Original-URL"] = "/admin" },
  { ["Host"] = "example.com" }, { ["Transfer-Encoding"] = "chunked" }, { ["Content-Length"] = "0" },
  { ["X\r\nHost"] = "y" }, { X = "a\r\nHost: y" }, { ["Proxy-Authorization"] = "x" }, { ["Connection"] = "X-A" },
}
local expected = { permission = true, args = true, script = true }
local function check(what, act)
  local tried = attempt(act)
  if tried.ok then return "sent " .. what end
  if not expected[tried.error.kind] then return what .. ": " .. tried.error.message end
end
for i, method in ipairs(methods) do
  local found = check("method " .. i, function() return Http.request(method, "http://127.0.0.1:22/", { timeout = 1 }) end)
  if found then return found end
end
for i, each in ipairs(headers) do
  local found = check("headers " .. i, function() return Http.post("http://127.0.0.1:22/", { headers = each, timeout = 1 }) end)
  if found then return found end
end
return "contained"
