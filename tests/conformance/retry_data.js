// The data of an error stays, and that of the spell's own is not changed.
const own = { id: 7 };
const thrower = (kind, message, data) => () => { throw new SpellError(message, { kind, data }); };
const first = await attempt(() => retry({ times: 1 }, thrower("tool", "a", own)));
const second = await attempt(() => retry({ times: 1 }, thrower("tool", "b", [1, 2])));
const third = await attempt(() => retry({ times: 1 }, () => retry({ times: 2, wait: 0 }, () => fail("c"))));
export default [first.error.data, own.attempts === undefined, second.error.data, third.error.data];
