// expect: contained
// profiles: medium high
// Nothing of the environment of the host is there, by whatever name.
for (const name of ["PATH", "HOME", "USER", "LLMSPELL_MODEL", "OPENAI_API_KEY", "_", ""]) {
  const tries = [
    () => process.env[name], () => Deno.env.get(name), () => System.env(name), () => Config.get(`env.${name}`),
    () => Secrets.get(name), () => Prompt.render(`{{${name}}}`, {}), async () => (await ask(`{{${name}}}`, { vars: {} })).text,
  ];
  for (const fn of tries) {
    const { ok, value } = await attempt(fn);
    if (ok && value != null && value !== `{{${name}}}`) fail(`${name} is ${value}`);
  }
}
if (/\/(usr|home|tmp|work|root)\//.test(new Error("x").stack)) fail("a path of the host");
export default "contained";
