// expect: contained
// Even what the language lets a script do to its globals stays inside.
try { globalThis.print = null; } catch {}
try { globalThis.ask = null; } catch {}
try { delete globalThis.Probe; } catch {}
try { Object.defineProperty(globalThis, "Probe", { get() { while (true) {} } }); } catch {}
try { Object.setPrototypeOf(globalThis, new Proxy({}, {})); } catch {}
try { Object.freeze(globalThis); } catch {}
export default "contained";
