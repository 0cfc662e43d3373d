// on_text gets each piece, in order, and may call the host itself.
const pieces = [];
const reply = await ask("one two three", { on_text: async (piece) => {
  pieces.push(await Probe.echo(piece));
} });
export default [pieces, pieces.join("") === reply.text];
