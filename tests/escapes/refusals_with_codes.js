// expect: script
// profiles: medium
// What a script asks for stands in errors, in the log and in what it is doing; no code in it reaches a terminal.
const codes = "\x1b]0;title\x07\x1b[2J\r\u202e\u200b\u2028\x85\x9b31m";
const tries = [
  () => Fs.read("../" + codes), () => Fs.read(codes), () => Http.get("http://" + codes), () => System.run([codes, "x"]), () => System.env(codes),
  () => State.shared(codes), () => Secrets.get(codes), () => Run.spell(codes), () => Prompt.load(codes), () => Config.get(codes),
  () => Sql.query(codes, "select 1"), () => ask("x", { model: codes }), () => Probe.typed("x", 1, { [codes]: 1 }),
  () => Event.wait(codes, { timeout: codes }),
];
for (const fn of tries) {
  const { ok, error } = await attempt(fn);
  if (ok) fail("it went through");
  if (/[\x1b\x07\r]/.test(error.message + (error.hint ?? ""))) print(`codes in an error: ${error.kind} ${JSON.stringify(error.message)}`);
}
throw new Error((await attempt(() => Fs.read("../" + codes))).error.message + codes);
