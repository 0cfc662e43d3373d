// A promise that was thrown lacks its await, however it is thrown; what Promise.any says names the first failure.
const said = async (call) => (await attempt(call)).error.message;
print(await said(() => { throw Probe.echo(1); }));
print(await said(() => map([1], () => { throw Probe.echo(1); })));
print(await said(() => Promise.reject(Probe.echo(1))));
print(await said(() => retry({ times: 1 }, async () => { throw Probe.echo(1); })));
const kept = await map([1], () => { throw Probe.echo(1); }, { on_error: "keep" });
print(kept.failed[0].error.message);
const { error } = await attempt(() => Promise.any([Probe.fail("no ink"), Probe.fail("no paper")]));
print(error.message, "-", error.cause.message);
throw Probe.echo(2); // HERE
