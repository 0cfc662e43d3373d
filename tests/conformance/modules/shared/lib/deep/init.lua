local util = require("lib.util")
return { name = "two", triple = function(x) return util.double(x) + x end }
