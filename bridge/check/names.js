// Returns what a spell sees: each global, and of those with members, what they are and whether reading others fails.

function membersOf(value) {
  const names = new Set();
  for (let each = value; each !== null; each = Object.getPrototypeOf(each)) {
    for (const name of Object.getOwnPropertyNames(each)) names.add(name);
  }
  try {
    return { members: [...names], strict: value["no such member"] !== undefined };
  } catch {
    return { members: [...names], strict: true };
  }
}

const found = {};
for (const name of Object.getOwnPropertyNames(globalThis)) {
  const value = globalThis[name];
  found[name] = value === Object(value) && value !== globalThis && membersOf(value);
}
export default found;
