local x = require("https://example.org/x.lua")
