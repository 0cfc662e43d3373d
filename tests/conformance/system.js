async function told(...given) {
  const { ok, error: e } = await attempt(() => System.run(...given));
  if (ok) fail("it went well");
  return `${e.kind}: ${e.message} (${e.hint ?? ""})`;
}
await Fs.mkdir("sub");
const failed = await System.run("echo oops >&2; exit 3");
await System.run(["cp", "a.txt", "sub/made"]);
export default {
  shell: (await System.run("printf HI")).out,
  status: failed.status,
  err: failed.err,
  list: (await System.run(["printf", "%s", "$HOME *"])).out,
  piped: (await System.run(["cat"], { input: "abc" })).out,
  text: `out: ${await System.run("printf shown")}`,
  folder: (await System.run("pwd", { cwd: "sub" })).out.match("/sub")[0],
  variable: (await System.run('printf %s "$NAME"', { env: { NAME: "value" } })).out,
  unset: await System.env("LLMSPELL_NO_SUCH_VARIABLE"),
  signal: (await System.run("kill -9 $$")).status,
  bytes: (await System.run("wc -c | tr -d ' \\n'", { input: new Uint8Array([255, 0, 120]) })).out,
  errors: [
    await told(["no-such-program"]),
    await told("sleep 30", { timeout: 0.1 }),
    await told(1),
    await told("true", { env: { "a=b": "c" } }),
    await told("true", { timout: 1 }),
    await told("true", { cwd: "nowhere" }),
  ],
};
