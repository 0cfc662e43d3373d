local util = require("lib/util.lua")
