local function inner(x)
  return x.y.z
end

return { go = function() local r = inner({}) return r end }
