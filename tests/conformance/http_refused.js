// A host that nobody has allowed is refused at the call, and no error can be caught that tells more.
const loopback = (await attempt(() => Http.get("http://127.0.0.1:1/"))).error;
print(loopback.kind, loopback.message);
print((await attempt(() => Http.get(Watch.site + "/away"))).error);
await Http.get("https://example.com/"); // HERE
