// A wrong duration is refused even where the function ends at once, and before it begins.
let began = 0;
const told = async (duration) => {
  const tried = await attempt(() => timeout(duration, () => { began += 1; return "in time"; }));
  return tried.ok ? tried.value : `${tried.error.kind} ${tried.error.message.replace(/got an? \w+/, "got neither")}`;
};
const found = [];
for (const duration of [5, 0, 0.5, "5", "1.5", "30s", "1h30m", "1d2h3m4s5ms", "250ms"]) found.push(await told(duration));
for (const duration of ["soon", "", "5 s", "30s1h", "1m1m", "5.s", "s", "5m!", {}, true, -1, "4000d", Infinity]) {
  found.push((await told(duration)).replace(/got [A-Za-z]+$/, "got that"));
}
export default [found, began];
