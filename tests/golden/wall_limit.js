print("waiting");
await sleep("1h");
