// What does not get better by itself is not tried again, unless it is asked for.
const kinds = [
  "args", "config", "auth", "permission", "budget", "timeout", "cancelled", "model", "rate_limit", "refused", "schema", "tool",
  "http", "mcp", "approval", "replay", "script",
];
const attempts = async (kind, on) => {
  const tried = await attempt(() => retry({ times: 2, wait: 0, on }, () => Probe.fail("x", kind)));
  return tried.error.data.attempts;
};
const once = {};
const asked = [];
for (const kind of kinds) {
  once[kind] = await attempts(kind);
  asked.push(await attempts(kind, ["args", "http"]));
}
export default [once, asked];
