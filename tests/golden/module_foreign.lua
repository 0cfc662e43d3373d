local single = require("lib.single")
