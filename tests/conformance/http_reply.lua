-- A reply is its text, has fields, and reads its JSON when it is asked.
local reply = Http.get(Watch.site .. "/data", { query = { q = "ä b" } })
local list = Http:get(Watch.site .. "/list")
print(reply, "[" .. reply .. "]", #reply)
local missing = Http.get(Watch.site .. "/missing")
return {
  reply.status, reply.ok, reply.headers["content-type"], reply.json.name, reply.json == reply.json, reply.size,
  #list.json, list.json[3], Http.get(Watch.site .. "/null").json == nil, missing.status, missing.ok, tostring(missing),
  reply.url == Watch.site .. "/data?q=%C3%A4+b", Http.request("OPTIONS", Watch.site .. "/data").status,
}
