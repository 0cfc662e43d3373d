// expect: contained
// Arguments that run code while they are read change nothing that is under way.
const log = [];
const odd = (text) => ({ toString() { log.push(text); setTimeout(() => {}, 1); return text; } });
const params = new URLSearchParams("a=1&b=2");
params.forEach((value, name) => { if (params.size < 50) params.append(name, value); params.delete(name); });
const url = new URL(odd("http://h/x?q"), odd("http://base/"));
url.searchParams.set({ toString() { url.href = "http://other/?z=1"; return "k"; } }, "v");
if (!url.href.startsWith("http://other/")) fail(url.href);
const list = [1, 2];
Object.defineProperty(list, 0, { enumerable: true, get() { list.length = 0; return 1; } });
structuredClone(list);
const map = new Map([[1, 2]]);
structuredClone(new Map([["x", { get y() { map.clear(); return 1; } }]]));
const controller = new AbortController();
controller.signal.addEventListener("abort", () => { controller.abort(); controller.signal.addEventListener("abort", () => fail("late")); });
const tried = await attempt(async () => { controller.abort(); await sleep(0); });
const id = setInterval(() => { clearInterval(id); setTimeout(() => clearTimeout(id), 0); }, 1);
await new Promise((done) => setTimeout(done, 20));
new Headers({ get a() { return odd("v"); } });
const bytes = new Uint8Array(8);
new TextEncoder().encodeInto({ toString() { bytes.buffer.transfer(); return "text"; } }, bytes);
export default "contained";
