// A reply is a prompt, a value of a template, and a list of replies is a section for each.
const first = await ask("first");
const again = await ask(first);
const both = await ask("{{a}} and {{n}}", { vars: { a: first, n: 3 } });
const views = await map(["x", "y"], (role) => ask("view of " + role, { name: role }));
export default [again, both, await ask("{{views}}", { vars: { views } })];
