const list = [0.1, -0.5, 1e300, -1e-300, 5e-324, 1.7976931348623157e308, 3.141592653589793];
const back = await Probe.echo(list);
list.forEach((n, i) => { if (back[i] !== n) fail(`${back[i]} is not ${n}`); });
export default back;
