// A name that does not exist will not exist at the next attempt.
let calls = 0;
const tried = await attempt(() =>
  retry({ wait: "1h" }, () => {
    calls += 1;
    return aks("x");
  }));
export default [tried.error.message, tried.error.data.attempts, calls];
