-- error with a level blames the caller.
local function check(n)
  if type(n) ~= "number" then error("n must be a number", 2) end
  return n
end
check("x") -- HERE
