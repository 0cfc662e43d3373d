const args = spell({
  about: "Draft a reply, and write it down once a person agrees",
  input: "text",
  params: { file: "reply.md" },
  allow: { write: ["replies/"] },
  budget: { usd: 0.1 },
});

const draft = await ask("Write a polite reply to:\n\n{{input}}", { vars: args });
const agreed = await approve("Write this reply down?", { details: draft.text, timeout: "7d" });
if (agreed) await Fs.write(`replies/${args.file}`, draft);

export default agreed ? `replies/${args.file}` : "nothing written";
