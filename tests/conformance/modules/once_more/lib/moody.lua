print("tries")
local state = require("lib.state")
Probe.slow(0.01)
if not state.ready then fail("not yet") end
return "there"
