local util = require("lib.util")
return util
