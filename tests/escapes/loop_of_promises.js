// expect: timeout or memory
const again = () => Promise.resolve().then(again);
await again();
