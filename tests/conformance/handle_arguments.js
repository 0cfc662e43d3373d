// Wrong arguments of a method are named as those of any op; the handle itself is not counted.
const counter = await Probe.counter();
const tried = await attempt(() => counter.next("far"));
export default [tried.error.kind, tried.error.message];
