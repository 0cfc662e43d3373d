// A function that the host called may call the host, which calls the script, which calls the host...
async function down(n) {
  if (n === 0) return "bottom";
  return n + " " + (await Probe.apply(down, [n - 1]));
}
export default await down(20);
