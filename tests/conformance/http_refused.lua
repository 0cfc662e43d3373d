-- A host that nobody has allowed is refused at the call, and no error can be caught that tells more.
local loopback = attempt(function() return Http.get("http://127.0.0.1:1/") end).error
print(loopback.kind, loopback.message)
print(attempt(function() return Http.get(Watch.site .. "/away") end).error)
Http.get("https://example.com/") -- HERE
