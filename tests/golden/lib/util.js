export const double = (x) => x * 2;
export default { double };
