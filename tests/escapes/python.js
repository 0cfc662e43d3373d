// expect: contained
// Nothing of the worker can be reached.
for (const name of ["__in", "__deliver", "__drain", "__step", "deliver", "drain", "box", "py", "python", "_py", "pyMiniRacer", "mr", "native",
  "__llmspell", "prelude", "pending", "out", "d8", "Realm", "testRunner", "gc", "version", "setTimeoutHelper"]) {
  if (name in globalThis) fail(name);
}
export default "contained";
