-- The CSV has the columns `file` and `date`, as in `IMG_0001.jpg,2026-05-17`.
local args = spell {
  about = "Rename photos by the dates in a CSV",
  params = { csv = "photos.csv", folder = "photos", dry = { default = false, about = "only say what would happen" } },
  allow = { write = { "photos/" } },
}

local renamed, skipped = {}, {}
for _, row in ipairs(Text.csv(Fs.read(args.csv))) do
  local from = args.folder .. "/" .. row.file
  local to = args.folder .. "/" .. row.date .. " " .. row.file
  if Fs.exists(from) and not Fs.exists(to) then
    if not args.dry then Fs.move(from, to) end
    renamed[#renamed + 1] = to
  else
    skipped[#skipped + 1] = row.file
  end
end

for _, file in ipairs(skipped) do Log.warn("skipped", { file = file }) end
return { renamed = Json.list(renamed), skipped = Json.list(skipped) }
