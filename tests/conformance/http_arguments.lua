-- Wrong arguments name the parameter.
local url = Watch.site
return map({
  function() return Http.get() end,
  function() return Http.get(1) end,
  function() return Http.get("example.com") end,
  function() return Http.get(url, { timout = 1 }) end,
  function() return Http.get(url, { headers = { a = 1 } }) end,
  function() return Http.get(url, { headers = { ["x\r\ny"] = "1" } }) end,
  function() return Http.get(url, { body = "x" }) end,
  function() return Http.post(url, { json = 1, form = {} }) end,
  function() return Http.get(url, { redirects = 99 }) end,
  function() return Http.request("TRACE", url) end,
}, function(fn) return attempt(fn).error.message end)
