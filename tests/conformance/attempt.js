// attempt gives a value or an error, never both.
const good = await attempt(() => 1);
const nothing = await attempt(() => {});
const bad = await attempt(() => fail("it broke", { kind: "http", hint: "mend it" }));
export default [good.ok, good.value, good.error === undefined, nothing.ok, nothing.value === undefined, bad.ok, bad.value === undefined, bad.error.kind, bad.error.message, bad.error.hint];
