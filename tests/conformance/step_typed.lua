-- A typed value stays one, alone and inside of others.
local first = step("draft", function() return ask("hello") end)
local second = step("draft", function() end)
local nested = step("nested", function() return { replies = { ask("one"), ask("two") } } end)
second.text = "changed"
local third = step("draft", function() end)
local wrong = attempt(function() return third.txet end)
return { "" .. first, "" .. second, "" .. third, nested.replies[2].text, wrong.error.message }
