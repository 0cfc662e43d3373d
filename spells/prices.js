// The API answers with a list such as [{ "name": "coffee", "price": 4.5 }].
const args = spell({
  about: "Watch prices in an API, tell what has changed since the last run",
  schedule: { every: "1h" },
  params: { url: "https://api.example.com/prices", percent: { default: 5.0, min: 0, about: "changes below it are noise" } },
  allow: { net: ["api.example.com"] },
});

const changes = [];
for (const item of await retry({ times: 3, wait: "2s" }, async () => (await Http.get(args.url)).json)) {
  const before = await State.get(item.name);
  if (before === null) {
    await State.set(item.name, item.price);
  } else if (Math.abs(item.price - before) >= (before * args.percent) / 100) {
    changes.push(`${item.name}: ${before} -> ${item.price}`);
    await State.set(item.name, item.price);
  }
}

export default changes.length > 0 ? changes.join("\n") : "nothing new";
