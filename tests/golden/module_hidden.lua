local key = require("lib/.env.json")
