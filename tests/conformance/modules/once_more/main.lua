-- A module that has failed fails for all who wait for it, and may be tried again.
local go = { ready = false }
local state = require("lib.state")
local kept = map({ 1, 2 }, function() return require("lib.moody") end, { on_error = "keep" })
state.ready = true
return { kept.failed[1].error.message, kept.failed[2].error.message, require("lib.moody") }
