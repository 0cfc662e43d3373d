-- load compiles text, in the globals of the spell, and never bytes.
local fn = load("return 1 + ...", "chunk")
local strict = attempt(load("return nobody"))
local bad, why = load("= 1")
local binary = load("\27Lua", "x", "b")
local mode = load("\27Lua", "x", "bt")
return { fn(2), strict.error.message, bad == nil, type(why), binary == nil, mode == nil, load("return Probe.echo(5)")() }
