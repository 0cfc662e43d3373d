// expect: memory or script
// What patterns and templates make of a text: matches, pieces and copies without end.
const text = "ab".repeat(1 << 16);
const kept = [];
for (;;) kept.push([...text.matchAll(/(a)(b)/g)], text.split(""), text.replace(/a/g, "$`".slice(0, 1) + "xyz"), String.raw({ raw: [text, text] }));
