// expect: contained
// No memory is shared, no machine code is written, and no clock is made of a counting thread.
for (const name of ["WebAssembly", "SharedArrayBuffer", "Atomics"]) if (name in globalThis) fail(name);
const tried = await attempt(() => new (Function("return WebAssembly")()).Memory({ initial: 1, maximum: 2, shared: true }).buffer);
if (tried.ok) fail("a shared buffer");
export default "contained";
