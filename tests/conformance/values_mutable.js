// What arrives is the script's own, to change as it likes.
const list = await Probe.echo([1, 2]), map = await Probe.echo({ a: 1 });
list.push(3);
map.b = 2;
delete map.a;
export default [list, map];
