-- One URL on each line. Which hosts it may reach is for you to say: --allow-net=example.com,docs.example.com
local args = spell {
  about = "Check a list of URLs and report what is wrong",
  input = "text",
  params = { limit = { default = 20, min = 1, max = 100, about = "how many at once" } },
}

local urls = {}
for url in args.input:gmatch("%S+") do urls[#urls + 1] = url end

local checked = map(urls, function(url)
  return { url = url, status = Http.get(url, { timeout = "20s" }).status }
end, { name = "links", limit = args.limit, on_error = "keep" })

local broken = {}
for _, page in ipairs(checked.ok) do
  if page.status >= 400 then broken[#broken + 1] = "- " .. page.url .. ": status " .. page.status end
end
for _, lost in ipairs(checked.failed) do broken[#broken + 1] = "- " .. lost.item .. ": " .. lost.error.kind end

print(#urls .. " links, " .. #broken .. " broken")
return #broken > 0 and table.concat(broken, "\n") or nil
