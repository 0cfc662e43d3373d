local prices = { pen = 2 }
local total = prices.pen + prices.paper
