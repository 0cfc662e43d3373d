-- The same table in two places is no cycle.
local part = { n = 1 }
return Probe.echo { part, { part }, again = nil }
