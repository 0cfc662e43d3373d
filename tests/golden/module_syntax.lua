print("never")
local broken = require("lib.broken")
