-- What is sent: data as JSON, fields as a form, text and bytes as they are.
local url = Watch.site .. "/echo"
local seen = {
  Http.post(url, { json = { a = { 1, 2 }, b = Json.list {}, c = Json.null, d = {} } }).json,
  Http.put(url, { form = { q = "ä b" } }).json,
  Http.patch(url, { body = "text" }).json,
  Http.post(url, { body = "\xff" }).json,
  Http.delete(url).json,
  Http.post(url, { body = Http.get(Watch.site .. "/data") }).json,
}
local told = {}
for i, each in ipairs(seen) do told[i] = { each.method, each.headers["content-type"] or "", each.body } end
return told
