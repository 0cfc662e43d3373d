// The error of an undefined name can be caught like any other.
const tried = await attempt(() => nobody);
const called = await attempt(() => nobody.home());
export default [tried.error.kind, tried.error.message, called.error.message];
