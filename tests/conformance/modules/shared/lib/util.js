print("util");
let runs = 0;
runs += 1;
export const double = (x) => x * 2;
export default { runs: () => runs };
