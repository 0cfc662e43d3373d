// An answer with a schema has data of that shape.
const reply = await ask("a title", { schema: { title: "string", year: "int", tags: ["string"], open: "bool" } });
export default [reply.data.title, reply.data.year, reply.data.tags.length, reply.data.open];
