-- expect: output or memory
local t = {}
for i = 1, 200 do t[i] = ("x"):rep(100000) end
while true do print(table.unpack(t)) end
