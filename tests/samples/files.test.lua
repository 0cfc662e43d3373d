for _, suffix in ipairs({ ".lua", ".js" }) do
  test("merge goes through maps and joins lists" .. suffix, function()
    local result = cast("merge" .. suffix, {}, { files = {
      ["data/a.json"] = '{"a": {"x": 1}, "l": [1], "n": null}',
      ["data/b.json"] = '{"a": {"y": 2.5}, "l": [2], "n": 3}',
    } })
    check.equal(result.text, "2 files merged")
    check.equal(Json.decode(result.files["merged.json"]), { a = { x = 1, y = 2.5 }, l = { 1, 2 }, n = 3 })
  end)

  test("photos renames what is there, and only once" .. suffix, function()
    local files = { ["photos.csv"] = "file,date\na.jpg,2026-05-17\nb.jpg,2026-05-18\n", ["photos/a.jpg"] = "a photo" }
    local dry = cast("photos" .. suffix, { dry = true }, { files = files })
    check.equal(dry.files, {})
    local result = cast("photos" .. suffix)
    check.equal(result.value, { renamed = { "photos/2026-05-17 a.jpg" }, skipped = { "b.jpg" } })
    check.equal(result.files, { ["photos/2026-05-17 a.jpg"] = "a photo" })
  end)

  test("translate leaves alone what is there, and goes on after a failure" .. suffix, function()
    local result = cast("translate" .. suffix, {}, {
      files = {
        ["texts/hello.txt"] = "Good day", ["texts/done.txt"] = "Done", ["texts/rude.txt"] = "Rude",
        ["translated/done.txt"] = "Fertig",
      },
      model = function(prompt)
        if prompt:find("Rude", 1, true) then fail("I would rather not", { kind = "refused" }) end
        return "Guten Tag"
      end,
    })
    check.equal(result.text, "1 translated, 1 failed")
    check.equal(result.files, { ["translated/hello.txt"] = "Guten Tag" })
  end)
end

for _, suffix in ipairs({ ".lua", ".js" }) do
  test("approve writes only what a person has agreed to" .. suffix, function()
    local options = { input = "Where is my book?", model = { "It is on its way." }, human = true }
    local result = cast("approve" .. suffix, {}, options)
    check.equal(result.error, nil)
    check.equal(result.files, { ["replies/reply.md"] = "It is on its way." })
    options.human = false
    check.equal(cast("approve" .. suffix, { file = "no.md" }, options).text, "nothing written")
  end)
end
