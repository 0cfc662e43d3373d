-- A variable has to be declared.
local function count()
  total = 1 -- HERE
end
count()
