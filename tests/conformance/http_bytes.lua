-- A body that is no text comes as bytes, when it is asked for so.
local url = Watch.site .. "/image"
local reply = Http.get(url, { bytes = true })
local failed = attempt(function() return Http.get(url) end).error
return { #reply.bytes, reply.bytes:byte(1), reply.bytes:byte(4), reply.text, failed.kind, failed.hint }
