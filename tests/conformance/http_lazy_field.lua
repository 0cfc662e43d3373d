-- A field that is read from another cannot be changed, follows the other, and is no part of the data.
local reply = Http.get(Watch.site .. "/data")
local first = reply.json
local changed = attempt(function() reply.json = 1 end).error
reply.text = '{"name":"Bob"}'
local unknown = attempt(function() return reply.jsn end).error
reply.text = 1
return {
  first.name, changed.message, Json.decode(Json.encode(reply)).json == nil, unknown.message,
  attempt(function() return reply.json end).ok,
}
