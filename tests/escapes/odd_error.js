// expect: script
throw new Proxy({}, { get(_, key) { if (key === "stack" || key === "message") throw 1; return undefined; } });
