-- A thrown table that is no data is told by its message.
local function thrown(value) return attempt(function() error(value) end).error.message end
local cyclic = { message = "the file is broken" }
cyclic.self = cyclic
return { thrown(cyclic), thrown { message = "x", code = 1 }, thrown { message = 5, fn = print }, thrown { fn = print } }
