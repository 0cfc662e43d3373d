local names = { "ann", "bob", "cid" }

local letters = map(names, function(name)
  sleep("1ms")
  if name == "bob" then
    error("no address of " .. name)
  end
  return "Dear " .. name
end)
