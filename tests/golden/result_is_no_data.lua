return { name = "x", render = function() end }
