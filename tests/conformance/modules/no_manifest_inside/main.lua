require("lib.greedy")
