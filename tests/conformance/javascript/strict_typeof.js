// typeof of an undefined name is the language's own test, and no error.
export default [typeof nobody, typeof ask, typeof Probe, "nobody" in globalThis];
