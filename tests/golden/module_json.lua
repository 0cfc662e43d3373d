local prices = require("lib/prices.json")
