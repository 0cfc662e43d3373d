// A bug of the host is told to the script without a word of the host in it.
const tried = await attempt(Probe.crash);
export default [tried.error.kind, tried.error.message, tried.error.hint];
