spell { allow = { run = { "printf %s *", "env" }, env = { "LLMSPELL_TEST" } } }
local tries = {
  function() return System.run { "printf", "%s", "granted" }.out end,
  function() return System.run("printf %s granted") end,
  function() return System.run { "printf", "%d", "1" } end,
  function() return System.run { "sh", "-c", "printf %s granted" } end,
  function() return System.run({ "env" }, { env = { PATH = "." } }) end,
  function() return System.env("PATH") end,
  function() return System.env("LLMSPELL_TEST") or "not set" end,
  function() return System.temporary() end,
}
local found = {}
for i, try in ipairs(tries) do
  local tried = attempt(try)
  found[i] = tried.ok and tried.value or tried.error.kind
end
return found
