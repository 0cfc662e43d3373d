local lib = require("lib")
