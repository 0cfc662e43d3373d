-- Log is told and not awaited: it costs no turn, keeps its order, and returns nothing.
local nothing = Log.info("first")
Log.debug("second", { n = 2, list = { 1 } })
Log:warn("third")
Log.error(ask("fourth"))
return { nothing == nil, Probe.echo("after") }
