const signal = AbortSignal.timeout(5); // HERE
await new Promise((done) => { signal.onabort = done; });
signal.throwIfAborted();
