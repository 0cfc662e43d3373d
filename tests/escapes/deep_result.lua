-- expect: args or script
local value = {}
for _ = 1, 100000 do value = { value } end
return value
