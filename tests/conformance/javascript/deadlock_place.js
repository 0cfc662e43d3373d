// The place of a wait without an end is the call that the body of the spell waits for.
await map([1, 2], () => new Promise(() => {})); // HERE
