// Each verb inside each other: what ends an outer one ends the inner ones, and errors come out as they were.
let count = 0;
const verbs = {
  map: async (fn) => (await map([1], fn))[0],
  parallel: async (fn) => (await parallel({ a: fn })).a,
  race: (fn) => race([fn]),
  spawn: (fn) => spawn(fn).wait(),
  timeout: (fn) => timeout("10s", fn),
  retry: (fn) => retry({ times: 1 }, fn),
  attempt: async (fn) => {
    const tried = await attempt(fn);
    if (!tried.ok) fail(tried.error);
    return tried.value;
  },
  step: (fn) => {
    count += 1;
    return step(`step ${count}`, fn);
  },
};
const problems = [];
for (const outer of Object.keys(verbs).sort()) {
  for (const inner of Object.keys(verbs).sort()) {
    const both = (fn) => verbs[outer](() => verbs[inner](fn));
    if ((await both(() => Probe.echo("value"))) !== "value") problems.push(`${outer} ${inner}: value`);
    const { error: e } = await attempt(() => both(() => fail("broken", { kind: "mcp" })));
    if (e.kind !== "mcp" || e.message !== "broken" || e.where.line !== 25) problems.push(`${outer} ${inner}: error`);
    const { error: late } = await attempt(() => timeout(0.001, () => both(() => Watch.hang())));
    if (late.kind !== "timeout") problems.push(`${outer} ${inner}: timeout`);
    await both(async () => { spawn(() => Watch.hang()); await Probe.echo(); });
  }
}
export default [problems, await Watch.cancelled()];
