-- A reply has the fields of a reply.
local reply = ask("Say hello in five words.")
return { reply.text, reply.model, reply.data == nil or reply.data == Json.null, reply.agent, reply.usage.input_tokens, reply.usage.output_tokens, reply.usage.usd, #reply.calls }
