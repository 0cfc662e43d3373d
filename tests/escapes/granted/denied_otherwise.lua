-- allow: read=. write=out/ net=SITE
-- deny: read=secret/,lib/hidden.lua,lib/hidden.js,prompts/hidden.md,named.txt write=out/kept/
-- What is denied is not reached by another name, another op, or as something else than a file.
local function refused(what, fn)
  local tried = attempt(fn)
  if tried.ok then error("it went through: " .. what) end
  local kind = tried.error.kind
  if kind ~= "permission" and kind ~= "script" and kind ~= "args" and kind ~= "config" then error(what .. ": " .. kind) end
end
local names = {
  "secret/key.txt", "./secret/key.txt", "notes/../secret/key.txt", "secret//key.txt", "secret/./key.txt", "SECRET/key.txt",
  "Secret/KEY.TXT", "secret./key.txt", "alias/key.txt", "alias.txt", "hard.txt", "named.txt", "NAMED.txt", "secret/deep/.env",
}
for _, name in ipairs(names) do
  for _, act in ipairs { "read", "bytes", "stat" } do refused(act .. " " .. name, function() return Fs[act](name) end) end
  refused("copy " .. name, function() return Fs.copy(name, "out/copy") end)
  refused("move " .. name, function() return Fs.move(name, "out/move") end)
  refused("sql " .. name, function() return Sql.query(name, "select * from sqlite_master") end)
end
local told = attempt(function() return Fs.read("secret/key.txt") end).error
if told.data.rule ~= "a rule denies it" then error(told.data.rule) end
refused("exists", function() return Fs.exists("secret/key.txt") end)
refused("list", function() return Fs.list("secret") end)
refused("folder", function() return Fs.copy("secret", "out/folder") end)
refused("move a folder", function() return Fs.move("secret", "out/folder") end)
refused("database", function() return Sql.query("secret/shop.db", "select 1") end)
refused("attach", function() return Sql.query("shop.db", "attach 'secret/shop.db' as x") end)
refused("prompt", function() return Prompt.load("hidden") end)
refused("include", function() return Prompt.render("{{> hidden}}", {}) end)
refused("include in a file", function() return Prompt.load("shown") end)
refused("module", function() local name = "lib.hidden" return require(name) end)
refused("spell", function() return Run.spell("secret/spell") end)
refused("config", function() return Config.get("deny.read") end)
for _, pattern in ipairs { "secret/*", "*/key.txt", "**/key*", "s*/*", "[s]ecret/*", "**/*.db", "{secret,x}/*", "secret/**", "alias/*" } do
  for _, path in ipairs(attempt(function() return Fs.glob(pattern) end).value or {}) do
    if path:find("secret") or path:find("key") then error("found " .. path) end
  end
end
for _, name in ipairs(Fs.list(".")) do if name:find("secret") or name:find("named") then error("listed " .. name) end end
for name, fn in pairs {
  write = function() return Fs.write("out/kept/x", "x") end,
  append = function() return Fs.append("out/kept/x", "x") end,
  mkdir = function() return Fs.mkdir("out/kept/x") end,
  copy = function() return Fs.copy("notes/a.txt", "out/kept/x") end,
  move = function() return Fs.move("out/kept", "out/gone") end,
  above = function() return Fs.move("out", "notes/out") end,
  download = function() return Http.get("http://SITE/page", { to = "out/kept/x" }) end,
} do refused(name, fn) end
return "contained"
