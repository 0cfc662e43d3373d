spell {
  about = "Fetch and keep",
  allow = { net = { "api.x.com" } },
}
local page = Http.get("https://api.y.com/feed")
Fs.write("out/feed.json", page.text)
