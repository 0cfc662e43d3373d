local passwd = require("../../secret.json")
