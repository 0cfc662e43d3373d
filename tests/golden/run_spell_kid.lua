local n = spell { params = { n = "int" } }.n
local function check(value)
  if value < 3 then fail("too few: " .. value, { hint = "give it at least 3" }) end
end
check(n)
