// expect: contained
// What is collected tells nothing and calls nobody.
for (const name of ["FinalizationRegistry", "WeakRef", "gc"]) if (name in globalThis) fail(name);
for (let i = 0; i < 200_000; i++) new Array(10).fill(i);
export default "contained";
