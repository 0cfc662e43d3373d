-- An error in a module stands in the module, and the trace leads through the files.
local broken = require("lib.broken")

broken.go()
