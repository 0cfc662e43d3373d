map({ 1 }, function() end, { limit = "x" }) -- HERE
