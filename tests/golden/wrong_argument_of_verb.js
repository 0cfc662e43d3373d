await map([1, 2, 3], (n) => n, { limit: "two" });
