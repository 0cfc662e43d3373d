// expect: contained
// What the web platform is made of leads to nothing but itself.
const seen = new Set();
const look = (value, path) => {
  if ((typeof value !== "object" && typeof value !== "function") || value === null || seen.has(value)) return;
  seen.add(value);
  for (const key of Reflect.ownKeys(value)) {
    if (["guest", "setup", "pump", "take", "dice", "agenda", "bells", "root", "pending"].includes(key)) fail(`${path}.${String(key)}`);
    const found = Object.getOwnPropertyDescriptor(value, key);
    if (found && "value" in found) look(found.value, `${path}.${String(key)}`);
    else if (found) { look(found.get, `${path}.get ${String(key)}`); look(found.set, `${path}.set ${String(key)}`); }
  }
};
const controller = new AbortController();
for (const value of [URL, URLSearchParams, TextEncoder, TextDecoder, AbortController, AbortSignal, DOMException, Headers, setTimeout, crypto,
  new URL("http://a/?b"), new URL("http://a/?b").searchParams, new TextDecoder(), controller, controller.signal, new Headers({ a: "b" }),
  new URLSearchParams("a").entries(), structuredClone(new Error("x")), new DOMException("x")]) look(value, "it");
// Nobody makes a signal, or takes one apart, by what a constructor is told.
for (const token of [{}, Object.freeze({ __proto__: null }), controller.signal, null, undefined, true]) {
  try { new AbortSignal(token); fail("a signal"); } catch (error) { if (error.kind !== "args") throw error; }
}
try { new URL({ __proto__: null, toString: () => "http://a" }, { scheme: "x" }); fail("an address"); } catch (error) { if (error.kind !== "args") throw error; }
// The error classes stay what they are.
try { Object.setPrototypeOf(DOMException, class { constructor() { return {}; } }); } catch {}
if (!(new DOMException("x") instanceof SpellError)) fail("its parent");
export default "contained";
