-- A typed value in JSON is its fields.
local reply = ask("hi")
local data = Json.decode(Json.encode { reply = reply })
return data.reply.text or data.reply
