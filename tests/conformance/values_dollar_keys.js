// A key that begins with a dollar is the script's own and never a tag.
const odd = { $function: 1, $handle: 2, $type: "Reply", $: 3, $$: 4, $$x: 5, a$: 6 };
const back = await Probe.echo([odd]);
for (const [key, value] of Object.entries(odd)) if (back[0][key] !== value) fail(`${key} has changed`);
export default [await Probe.echo(odd), { $handle: 1 }, { deep: { $type: "Reply", text: "x" } }];
