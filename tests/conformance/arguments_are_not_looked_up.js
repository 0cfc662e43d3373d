// What runs is what was read before: the argument of spell() is not looked at.
const args = spell({ about: "n", params: { n: 1 } });
const declare = spell;
export default [args.n, declare().n, declare({ params: { n: 99 } }).n];
