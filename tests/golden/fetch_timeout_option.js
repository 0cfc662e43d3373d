spell({ about: "Asks too quickly.", allow: { net: ["example.com"] } });
await fetch("https://example.com/", { timeout: 5 });
