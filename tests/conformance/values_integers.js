// Every width of integer, up to what both languages hold exactly.
const list = [0, 31, 32, 127, 128, 255, 256, 32767, 32768, 65535, 65536, 2147483647, 2147483648, 4294967295, 4294967296, 9007199254740990]
  .flatMap((edge) => [edge, -edge - 1]);
const back = await Probe.echo(list);
list.forEach((n, i) => { if (back[i] !== n) fail(`${back[i]} is not ${n}`); });
export default back;
