-- A key that begins with a dollar is the script's own and never a tag.
local odd = { ["$function"] = 1, ["$handle"] = 2, ["$type"] = "Reply", ["$"] = 3, ["$$"] = 4, ["$$x"] = 5, ["a$"] = 6 }
local back = Probe.echo { odd, inner = nil }
for key, value in pairs(odd) do assert(back[1][key] == value, key) end
return { Probe.echo(odd), { ["$handle"] = 1 }, { deep = { ["$type"] = "Reply", text = "x" } } }
