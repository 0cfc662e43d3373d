// expect: contained or timeout
// What goes on after the end of the spell cannot keep the run alive.
(async () => { for (;;) await null; })();
export default "contained";
