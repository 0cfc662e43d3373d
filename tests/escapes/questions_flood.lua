-- expect: contained
-- limits: calls=12000 wall=20
-- Ten thousand questions where nobody is: each is answered with an error, and nothing is left behind.
local refused = 0
for round = 1, 10 do
  local list = {}
  for i = 1, 1000 do list[i] = i end
  map(list, function(i)
    if attempt(function() return approve("Go on " .. i .. "?") end).error.kind == "approval" then refused = refused + 1 end
  end, { limit = 32 })
end
return refused == 10000 and "contained" or refused
