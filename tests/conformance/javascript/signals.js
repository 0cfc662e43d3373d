const controller = new AbortController();
const { signal } = controller;
const any = AbortSignal.any([signal, AbortSignal.timeout(60_000)]);
const heard = [];
any.addEventListener("abort", (event) => heard.push(event.type), { once: true });
setTimeout(() => controller.abort(), 5);
await new Promise((done) => { any.onabort = done; });
const thrown = await attempt(() => any.throwIfAborted());
export default [heard, signal.aborted, thrown.error.name, thrown.error instanceof DOMException, AbortSignal.abort(1).reason];
