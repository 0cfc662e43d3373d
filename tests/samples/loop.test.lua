for _, suffix in ipairs({ ".lua", ".js" }) do
  test("it writes until the critic is happy" .. suffix, function()
    local scores = { 3, 9 }
    local result = cast("loop" .. suffix, { topic = "the sea" }, {
      model = function(prompt, request)
        if request.schema then return { score = table.remove(scores, 1), advice = "be brief" } end
        return prompt:find("Improve", 1, true) and "Sea." or "The sea is very wide."
      end,
    })
    check.equal(result.text, "Sea.")
    check.equal(#result.prompts, 4)
    check.contains(result.prompts[3].prompt, "be brief")
  end)

  test("it gives up after some rounds" .. suffix, function()
    local model = { score = { { score = 1, advice = "again" }, { score = 2, advice = "again" } }, default = "A text." }
    local result = cast("loop" .. suffix, { topic = "x", rounds = 2 }, { model = model })
    check.equal(result.text, "A text.")
  end)

  test("it stops when the money is spent" .. suffix, function()
    local model = { score = { { score = 1, advice = "again" } }, default = "A text." }
    local result = cast("loop" .. suffix, { topic = "x" }, { model = model, usd = 0.3 })
    check.equal(result.error.kind, "budget")
  end)
end
