-- Objects are merged key by key, lists are joined, and of everything else the last file wins.
local args = spell {
  about = "Merge JSON files into one",
  params = { glob = "data/*.json", out = "merged.json" },
  allow = { write = { "merged.json" } },
}

local function is_map(value) return type(value) == "table" and #value == 0 and Json.encode(value) ~= "[]" end

local function merge(into, from)
  if is_map(into) and is_map(from) then
    for key, value in pairs(from) do into[key] = merge(into[key], value) end
    return into
  elseif type(into) == "table" and type(from) == "table" and not is_map(into) and not is_map(from) then
    table.move(from, 1, #from, #into + 1, into)
    return into
  end
  return from
end

local merged, count = {}, 0
for _, path in ipairs(Fs.glob(args.glob)) do
  merged, count = merge(merged, Json.decode(Fs.read(path))), count + 1
end

Fs.write(args.out, Json.encode(merged, { pretty = true }) .. "\n")
return count .. " files merged"
