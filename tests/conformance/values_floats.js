const list = [0.1, -0.5, -1e-300, 5e-324, 1e-7, 123456.789, 3.141592653589793, 4503599627370495.5];
const back = await Probe.echo(list);
list.forEach((n, i) => { if (back[i] !== n) fail(`${back[i]} is not ${n}`); });
export default back;
