print("before")
local x = = 1 -- HERE
