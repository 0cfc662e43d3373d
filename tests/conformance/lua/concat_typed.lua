-- table.concat takes replies and errors by their text, as `..` does; everything else goes as in Lua.
local replies = map({ "a", "b" }, function(word) return ask(word) end)
local failed = attempt(function() fail("broken") end).error
local asked = 0
attempt(function() table.concat(setmetatable({}, { __len = function() return 2 end, __index = function() asked = asked + 1 end })) end)
return {
  table.concat(replies, "\n"), table.concat({ "x", replies[1], 3 }, ", ", 2), table.concat({ failed, replies[2] }, " / "),
  table.concat({ 1, 2.5, "x" }), table.concat({}, ","), table.concat({ "a", "b", "c" }, "-", 2, 3), type(replies[1]),
  attempt(function() return table.concat({ "a", {} }) end).error.message,
  attempt(function() return table.concat({ replies[1], {} }) end).error.message,
  attempt(function() return table.concat({ "a" }, ",", 1, 2) end).error.message,
  table.concat({ [0] = replies[1], "x" }, replies[2], 0), asked,
}
