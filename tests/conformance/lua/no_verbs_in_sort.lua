local refused = {}
local function one() return 1 end
for i, fn in ipairs {
  function() map({ 1 }, one) end, function() parallel {} end, function() race { one } end, function() timeout(1, one) end,
  function() retry({}, one) end, function() step("a", one) end, function() spawn(one):wait() end, function() sleep(0) end,
} do
  local sorted = attempt(function() table.sort({ 2, 1 }, fn) end)
  local replaced = attempt(function() string.gsub("a", "a", fn) end)
  refused[i] = { sorted.error.message, replaced.error.message == sorted.error.message, sorted.error.where.line }
end
return refused
