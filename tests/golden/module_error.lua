local fails = require("lib.fails")
fails.go()
