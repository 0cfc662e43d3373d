local a = require("lib.circle_a")
