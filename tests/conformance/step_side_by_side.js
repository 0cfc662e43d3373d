// Those who call a step while it runs wait for it.
const values = await map([1, 2, 3, 4], (n) =>
  step("slow", () => {
    Watch.note(n);
    return Probe.slow(0.01, [n]);
  }));
values[0][0] = "mine";
export default values;
