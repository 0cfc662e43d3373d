local args = spell {
  about = "Translate every text in a folder; what is translated already is left alone",
  params = {
    from = { default = "texts", about = "the folder with the originals" },
    to = { default = "translated", about = "the folder for the translations" },
    language = "German",
  },
  allow = { write = { "translated/" } },
  budget = { usd = 1.0 },
}

local done = map(Fs.glob(args.from .. "/*.txt"), function(path)
  local target = args.to .. path:sub(#args.from + 1)
  if Fs.exists(target) then return nil end
  Fs.write(target, ask("Translate into {{language}}:\n\n{{text}}", {
    name = path,
    vars = { language = args.language, text = Fs.read(path) },
  }))
  return target
end, { name = "texts", limit = 4, on_error = "keep" })

local written = 0
for _, target in ipairs(done.ok) do
  if target ~= Json.null then written = written + 1 end
end
for _, lost in ipairs(done.failed) do Log.error(lost.error.message, { file = lost.item }) end
return written .. " translated, " .. #done.failed .. " failed"
