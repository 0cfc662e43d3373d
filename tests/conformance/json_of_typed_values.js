// A typed value in JSON is its fields.
const reply = await ask("hi");
const data = Json.decode(Json.encode({ reply }));
export default data.reply.text ?? data.reply;
