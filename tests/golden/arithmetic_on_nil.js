const prices = null;
const total = prices.pen + 1;
