return require("lib.asks")
