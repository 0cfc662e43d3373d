// expect: contained
// profiles: low medium
// The intrinsics are replaced before a secret is made: nothing of the bridge runs what replaced them.
const seen = [];
for (const kind of [String, Array, RegExp, Object, Function]) {
  for (const name of Object.getOwnPropertyNames(kind.prototype)) {
    const property = Object.getOwnPropertyDescriptor(kind.prototype, name);
    if (typeof property.value !== "function" || !property.configurable || name === "constructor") continue;
    const { value } = property;
    Object.defineProperty(kind.prototype, name, { ...property, value(...given) {
      seen[seen.length] = name;
      return Reflect.apply(value, this, given);
    } });
  }
}
const found = await attempt(() => Secrets.get("canary"));
if (found.value !== undefined) print(found.value, found.value.secret_name);
for (let i = 0; i < seen.length; i++) if (seen[i] === "split" || seen[i] === "exec") throw new Error(seen[i]);
export default "contained";
