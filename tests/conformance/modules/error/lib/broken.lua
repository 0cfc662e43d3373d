local function inner()
  local nothing
  return nothing.field -- HERE
end

local function go()
  local found = inner()
  return found
end

return { go = go }
