print("never")
local util = require("lib.utils")
