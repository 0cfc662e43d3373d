const from = { when: new Date(0), tags: new Set(["a"]), list: [1, { x: 2 }] };
from.self = from;
const to = structuredClone(from);
from.list[1].x = 3;
const refused = await attempt(() => structuredClone({ work() {} }));
export default [to.self === to, to.when, [...to.tags], to.list, refused.error.name, refused.error.message];
