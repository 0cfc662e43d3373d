const cycle = {};
cycle.self = cycle;
export default cycle;
