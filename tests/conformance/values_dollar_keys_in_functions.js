// A guest function gives its own dollar keys back as they are.
const given = await Probe.apply((value) => [value], [{ $handle: 1, $x: 2 }]);
export default [given, await Probe.apply(() => ({ $function: 3 }))];
