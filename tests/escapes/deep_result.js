// expect: args or script
let value = [];
for (let i = 0; i < 100_000; i++) value = [value];
export default value;
