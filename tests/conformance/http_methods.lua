-- A rule may name methods and a path; what is decided about is what would be sent, without its query.
local function refused(act)
  local tried = attempt(act)
  print(tried.error.kind, tried.error.message)
end
local at = "https://api.example.com"
refused(function() return Http.get(at .. "/v1/items") end)
refused(function() return Http.post(at .. "/v2/items?key=1", { body = "x" }) end)
refused(function() return Http.post(at .. "/v1/%2e%2e/admin") end)
refused(function() return Http.post(at .. "/v1/..%2fadmin") end)
refused(function() return Http.post(at .. "/v1//a") end)
refused(function() return Http.post(at .. "/v1;x/a") end)
refused(function() return Http.request("put", at .. "/v1/a") end)
refused(function() return Http.request("TRACE", at .. "/v1/a") end)
refused(function() return Http.post(at .. ":8443/v1/a") end)
refused(function() return Http.post(at .. "/v1/a", { headers = { ["X-HTTP-Method-Override"] = "PUT" } }) end)
