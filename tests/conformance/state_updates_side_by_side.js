const items = Array.from({ length: 50 }, (_, i) => i + 1);
await map(items, (i) => State.update("sum", (old) => (old ?? 0) + i), { limit: 50 });
export default await State.get("sum");
