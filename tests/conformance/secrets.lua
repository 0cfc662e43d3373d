-- A secret is sent by the host, shown by its name, and no text and no data for a script.
local mail = Secrets.get("mail")
local site = Watch.site
local function tried(fn) return attempt(fn).error.message end
print(mail)
local plain = Http.get(site .. "/echo", { auth = mail }).json.headers.authorization
local token = Http.get(site .. "/echo", { headers = { ["X-Key"] = { "Token ", mail } } }).json.headers["x-key"]
local basic = Http.get(site .. "/echo", { auth = { user = "me", password = mail } }).json.headers.authorization
return {
  mail.secret_name, Secrets.get("mail") == mail, plain, token, basic,
  tried(function() return "Bearer " .. mail end),
  tried(function() return #mail end),
  tried(function() return mail.value end),
  tried(function() mail.secret_name = "other" end),
  tried(function() return State.set("key", { mail }) end),
  tried(function() return ask(mail) end),
  tried(function() return Http.get(site .. "/echo", { query = { q = mail } }) end),
  tried(function() return Http.get(site .. "/echo", { auth = { secret_name = "mail" } }) end),
  tried(function() return Secrets.get("other") end),
}
