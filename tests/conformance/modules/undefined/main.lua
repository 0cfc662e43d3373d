require("lib.typo")()
