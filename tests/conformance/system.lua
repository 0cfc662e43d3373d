local function told(...)
  local ok, e = pcall(System.run, ...)
  assert(not ok)
  return e.kind .. ": " .. e.message .. " (" .. (e.hint or "") .. ")"
end
Fs.mkdir("sub")
local failed = System.run("echo oops >&2; exit 3")
System.run({ "cp", "a.txt", "sub/made" })
local unset = System.env("LLMSPELL_NO_SUCH_VARIABLE")
return {
  shell = System.run("printf HI").out,
  status = failed.status,
  err = failed.err,
  list = System.run({ "printf", "%s", "$HOME *" }).out,
  piped = System.run({ "cat" }, { input = "abc" }).out,
  text = "out: " .. System.run("printf shown"),
  folder = System.run("pwd", { cwd = "sub" }).out:match("/sub"),
  variable = System.run("printf %s \"$NAME\"", { env = { NAME = "value" } }).out,
  unset = unset == nil and Json.null or unset,
  signal = System.run("kill -9 $$").status,
  bytes = System.run("wc -c | tr -d ' \\n'", { input = "\xff\0x" }).out,
  errors = Json.list {
    told({ "no-such-program" }),
    told("sleep 30", { timeout = 0.1 }),
    told(1),
    told("true", { env = { ["a=b"] = "c" } }),
    told("true", { timout = 1 }),
    told("true", { cwd = "nowhere" }),
  },
}
