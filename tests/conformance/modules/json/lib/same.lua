return require("data/prices.json")
