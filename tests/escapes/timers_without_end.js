// expect: budget or timeout
// limits: wall=2
const again = () => setTimeout(again, 0);
again();
await new Promise(() => {});
