-- The index counts as the language counts.
return map({ "a", "b" }, function(item, index) return item .. index end)
