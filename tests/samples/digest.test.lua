local feed = { ["GET https://example.com/releases.json"] = { json = {
  { id = "w2", name = "widget", version = "2.0" },
  { id = "g1", name = "gadget", version = "1.1" },
} } }

for _, suffix in ipairs({ ".lua", ".js" }) do
  test("it tells only what is new" .. suffix, function()
    local first = cast("digest" .. suffix, {}, { http = feed, state = { seen = { g1 = true } }, model = { "widget 2.0" } })
    check.equal(first.text, "1 new")
    check.equal(first.files, { ["digests/2026-01-01.md"] = "widget 2.0" })
    check.equal(first.state, { seen = { g1 = true, w2 = true } })
    check.contains(first.prompts[1].prompt, "widget")

    local second = cast("digest" .. suffix, {}, { http = feed })
    check.equal(second.text, "0 new")
    check.equal(#second.prompts, 0)
  end)

  test("it asks nobody when the feed is gone" .. suffix, function()
    local gone = { ["https://example.com/releases.json"] = { status = 503, text = "<p>later" } }
    local result = cast("digest" .. suffix, {}, { http = gone })
    check.equal(result.error.kind, "http")
    check.contains(result.error.message, "status 503")
  end)

  test("it does nothing that nobody has allowed" .. suffix, function()
    local result = cast("digest" .. suffix, {}, { http = feed, allow = { net = { "example.com" } } })
    check.equal(result.error.kind, "permission")
    check.contains(result.error.message, "digests/")
  end)
end
