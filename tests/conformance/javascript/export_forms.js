// Words of modules inside text, comments and regular expressions are left alone.
const text = `export default 1; import x from "y"`; // export default 2
const pattern = /export default/;
export const named = 5;
export function helper() { return named; }
export class Thing {}
export { text as renamed };
export default [text, pattern.source, helper(), typeof Thing];
