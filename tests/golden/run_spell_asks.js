spell({ allow: { net: ["api.example.com"], write: ["out/"] } });
