console.log("a", 1, { b: 2 });
console.error("to stderr");
