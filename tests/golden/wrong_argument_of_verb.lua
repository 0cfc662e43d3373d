map({ 1, 2, 3 }, function(n) return n end, { limit = "two" })
