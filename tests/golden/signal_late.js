const signal = AbortSignal.timeout(5);
await sleep(0.02);
signal.throwIfAborted();
