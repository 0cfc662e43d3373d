require("lib.loose")
