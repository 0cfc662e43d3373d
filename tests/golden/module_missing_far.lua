local far = require("far.away")
