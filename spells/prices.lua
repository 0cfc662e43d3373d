-- The API answers with a list such as [{ "name": "coffee", "price": 4.5 }].
local args = spell {
  about = "Watch prices in an API, tell what has changed since the last run",
  schedule = { every = "1h" },
  params = { url = "https://api.example.com/prices", percent = { default = 5.0, min = 0, about = "changes below it are noise" } },
  allow = { net = { "api.example.com" } },
}

local changes = {}
for _, item in ipairs(retry({ times = 3, wait = "2s" }, function() return Http.get(args.url).json end)) do
  local before = State.get(item.name)
  if before == nil then
    State.set(item.name, item.price)
  elseif math.abs(item.price - before) >= before * args.percent / 100 then
    changes[#changes + 1] = item.name .. ": " .. before .. " -> " .. item.price
    State.set(item.name, item.price)
  end
end

return #changes > 0 and table.concat(changes, "\n") or "nothing new"
