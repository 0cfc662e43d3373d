return { replies = map({ "a", "b" }, function(x) return ask(x) end) }
