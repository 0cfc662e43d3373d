// A list stays a list, an empty one too, and null has its place in it.
const long = Array.from({ length: 70000 }, (_, i) => i + 1);
const back = await Probe.echo(long);
if (back.length !== 70000 || back[69999] !== 70000) fail("it has changed");
if ((await Probe.echo(Json.list([]))).length !== 0) fail("it is not empty");
const holes = await Probe.echo([1, Json.null, 3, undefined]);
if (holes.length !== 4 || holes[1] !== Json.null || holes[2] !== 3) fail("null has lost its place");
export default [[], [[], [[]]], holes, [1, [2, [3]]], await Probe.echo([])];
