const prices = (coffee) => ({ "https://api.example.com/prices": { json: [{ name: "coffee", price: coffee }] } });

for (const suffix of [".lua", ".js"]) {
  test(`prices tells what has changed, but no noise${suffix}`, async () => {
    check.equal((await cast(`prices${suffix}`, {}, { http: prices(4.5) })).text, "nothing new");
    check.equal((await cast(`prices${suffix}`, {}, { http: prices(4.6) })).text, "nothing new");
    const result = await cast(`prices${suffix}`, {}, { http: prices(5.5) });
    check.equal(result.text, "coffee: 4.5 -> 5.5");
    check.equal(result.state, { coffee: 5.5 });
  });

  test(`prices tries again${suffix}`, async () => {
    const http = { "https://api.example.com/prices": [{ error: "it hung up" }, { status: 503, text: "later" }, { json: [] }] };
    const result = await cast(`prices${suffix}`, {}, { http });
    check.equal(result.text, "nothing new");
    check.equal(result.calls.filter(({ op }) => op === "Http.get").length, 3);
  });

  test(`links reports what is broken${suffix}`, async () => {
    const http = { "https://example.com/": "fine", "GET https://example.com/gone": { status: 404 } };
    const input = "https://example.com/\nhttps://example.com/gone\nhttps://elsewhere.org/\n";
    const result = await cast(`links${suffix}`, {}, { input, http, allow: { net: ["example.com"] } });
    check.contains(result.printed, "3 links, 2 broken");
    check.contains(result.text, "- https://example.com/gone: status 404");
    check.contains(result.text, "- https://elsewhere.org/: permission");
  });
}
