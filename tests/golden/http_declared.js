spell({
  about: "Reads a page",
  allow: { net: ["https://example.com/"] },
});
