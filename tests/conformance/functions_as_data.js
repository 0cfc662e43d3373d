// Where an op wants data, a function is refused; where it wants a function, data is.
const data = await attempt(() => Probe.typed("a", 1, { items: [print] }));
const fn = await attempt(() => Probe.apply("print"));
const none = await attempt(() => Probe.apply());
export default [data.error.kind, fn.error.kind, fn.error.message, none.error.kind];
