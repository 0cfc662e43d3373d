-- A module runs once, is the same for all who ask, and finds others of its own.
local util = require("lib.util")
local again = require "lib.util"
local other = require("lib.deep")
return { util.double(21), util == again, util.runs(), other.name, other.triple(2) }
