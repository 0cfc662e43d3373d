// A timer that was cleared is nothing to wait for.
clearTimeout(setTimeout(() => {}, 10));
await new Promise(() => {});
