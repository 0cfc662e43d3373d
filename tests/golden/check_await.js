const reply = ask("Say hello.");
print(reply.text);
say("Say goodbye.");
function greet(name) {
  return `Hello ${ask(name)}`;
}
await attempt(ask("Try."));
