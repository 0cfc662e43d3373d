-- A module may call the host while it is loaded, and what calls it makes are its own.
local loaded = require("lib.loaded")
return { loaded.first, loaded.ask("b") }
