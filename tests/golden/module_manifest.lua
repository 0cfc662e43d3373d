local d = require("lib.declares")
