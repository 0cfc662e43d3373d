// expect: contained
// profiles: medium high
// No form of a command starts a program that nobody has granted, and no variable is read.
const commands = [
  "id", "touch escaped", "", " ", "\n", "$(id)", "`id`", ";id", "id #", "*", "a\0b", "x ".repeat(20000),
  ["id"], ["/usr/bin/id"], ["sh", "-c", "id"], ["/bin/sh", "-c", "id"], ["env", "id"], ["*"], [""], [], ["id", "*"], ["../../bin/id"],
  ["a\0b"], ["x".repeat(100000)], [["id"]], [1], { 0: "id", length: 1 }, 1, true, () => "id", ["/proc/self/exe"], ["python3", "-c", "1"],
  { toString: () => "id" }, new String("id"), new Proxy(["id"], { get: (list, key) => (key === "0" ? "true" : list[key]) }),
];
const options = [{}, { cwd: "." }, { env: { PATH: "." } }, { input: "id" }, { cwd: "/" }];
for (const [number, command] of commands.entries()) {
  const tried = await attempt(() => System.run(command, options[number % options.length]));
  if (tried.ok) fail(`escaped by ${number}`);
  if (!["permission", "args", "script"].includes(tried.error.kind)) fail(tried.error.message);
}
for (const name of ["PATH", "HOME", "*", "", "LD_PRELOAD", "PATH\0", "PA*H", "[P]ATH"]) {
  if ((await attempt(() => System.env(name))).ok) fail(`escaped by ${name}`);
}
if ((await attempt(() => System.temporary())).ok) fail("escaped by a temporary file");
export default "contained";
