require("lib.caller").go()
