-- allow: read=. write=out/,notes/ net=SITE
-- deny: tools=Fs.mkdir
-- What needs its own leave because it destroys needs it under each of its names; what is denied by its name is gone.
local function refused(what, fn)
  local tried = attempt(fn)
  if tried.ok or tried.error.kind ~= "permission" then error(what .. (tried.ok and " went through" or ": " .. tried.error.message)) end
end
refused("remove", function() return Fs.remove("out/old.txt") end)
refused("remove a folder", function() return Fs.remove("out", { recursive = true }) end)
refused("delete", function() return Http.delete("http://SITE/x") end)
for _, method in ipairs { "DELETE", "delete", "Delete" } do
  refused(method, function() return Http.request(method, "http://SITE/x") end)
end
refused("mkdir", function() return Fs.mkdir("out/new") end)
for _, method in ipairs { "DELETE ", " delete", "DEL\0ETE", "DELETE\r\nX: y", "CONNECT", "TRACE", "PURGE", "" } do
  if attempt(function() return Http.request(method, "http://SITE/x") end).ok then return "method " .. method end
end
for _, header in ipairs { "X-HTTP-Method", "X-Method", "X.HTTP.Method.Override", "HTTP-Method-Override", "X-HTTP-Path-Override", "X-Forwarded-Uri", "X_Override_Method", "x-http-method-override", "X-Method-Override" } do
  if attempt(function() return Http.post("http://SITE/x", { headers = { [header] = "DELETE" } }) end).ok then return header end
end
if attempt(function() return Fs.move("notes/a.txt", "out") end).ok then return "a file took the place of a folder" end
if not Fs.exists("out/old.txt") then return "gone" end
return "contained"
