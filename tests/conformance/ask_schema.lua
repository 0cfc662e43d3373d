-- An answer with a schema has data of that shape.
local reply = ask("a title", { schema = { title = "string", year = "int", tags = { "string" }, open = "bool" } })
return { reply.data.title, reply.data.year, #reply.data.tags, reply.data.open }
