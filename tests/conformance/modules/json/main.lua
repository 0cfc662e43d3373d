-- A JSON file is a module: its data, one for the whole run.
local prices = require("data/prices.json")
prices.apple = 1.5
return { prices, #prices.list, require("lib.same") == prices }
