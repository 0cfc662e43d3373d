// expect: timeout or memory
// limits: turn=0.1
const again = () => Promise.resolve().then(again);
await again();
