-- allow: read='../narrow/*.md,../wide/**/*.md' write=out/x.txt
-- A pattern tells nothing of what it cannot match: neither which folders there are, nor which files, nor of what sort.
local function told(fn)
  local tried = attempt(fn)
  if tried.ok then return Json.encode(tried.value) end
  return (tried.error.kind .. " " .. tried.error.message .. " " .. tostring(tried.error.data.errno)):gsub("%S*/%S*", "…")
end
local function same(act, one, other)
  local a, b = told(function() return Fs[act](one) end), told(function() return Fs[act](other) end)
  if a ~= b then error(act .. " " .. one .. ": " .. a .. " and " .. b) end
end
for _, act in ipairs { "list", "stat", "exists", "read" } do
  for _, names in ipairs {
    { "../narrow/.keys", "../narrow/.nope" }, { "../narrow/.keys/id_rsa", "../narrow/.keys/nope" }, { "../narrow/deep", "../narrow/nope" },
    { "../narrow/deep/b.txt", "../narrow/deep/nope" }, { "../narrow/deep/b.txt/x", "../narrow/deep/nope/x" }, { "../wide/.keys", "../wide/.nope" },
    { "../wide/deep/b.txt", "../wide/deep/nope" }, { "../wide/deep/b.txt/x.md", "../wide/deep/nope/x.md" },
    { "../wide/id_rsa", "../wide/id_rsa_nope" }, { "../wide/id_rsa/c.md", "../wide/id_rsa_nope/c.md" },
  } do same(act, names[1], names[2]) end
end
local function is(found, want) if Json.encode(found) ~= want then error(Json.encode(found)) end end
is(Fs.list("../narrow"), '["a.md"]')
is(Fs.list("../wide"), '["a.md","deep/"]')
is(Fs.glob("../narrow/*/"), "[]")
is(Fs.glob("../wide/**/*"), '["../wide/a.md"]')
is(attempt(function() return Fs.glob("../narrow/.keys/*/") end).ok, "false")
is(attempt(function() return Fs.mkdir("out/x.txt/deep") end).ok, "false")
is(attempt(function() return Fs.write("out/x.txt/deep.txt", "x") end).ok, "false")
if #Fs.bytes("../wide/a.md", { offset = 1 << 52 }) ~= 0 then return "offset" end
return "contained"
