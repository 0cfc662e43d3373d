console.log("a", 1, { b: 2 });
console.error("to stderr");
console.dir({ c: [3] });
console.assert(true, "silent");
console.assert(false, "to stderr, too");
