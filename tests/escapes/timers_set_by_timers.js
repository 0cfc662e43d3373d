// expect: timeout or memory or budget
// limits: turn=0.2
const more = () => { setTimeout(more, 0); setTimeout(more, 0); };
more();
await new Promise(() => {});
