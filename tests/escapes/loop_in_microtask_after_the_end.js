// expect: contained or timeout
// limits: turn=0.1
// What goes on after the end of the spell cannot keep the run alive.
(async () => { for (;;) await null; })();
export default "contained";
