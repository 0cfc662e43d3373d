// A reply has the fields of a reply.
const reply = await ask("Say hello in five words.");
export default [reply.text, reply.model, reply.data === null, reply.agent, reply.usage.input_tokens, reply.usage.output_tokens, reply.usage.usd, reply.calls.length];
