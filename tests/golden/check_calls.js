const reply = await ask("Rate it", { modle: "echo", timeout: "3 parsecs", schema: { risk: "integer" } });
await map([1, 2], print, { limit: "two", on_error: "kep" });
Log.info();
await sleep(1, 2);
print(reply.data, reply.txt);
