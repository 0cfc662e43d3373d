-- expect: memory
-- Texts that grow by what makes texts: each call is within bounds, and all together are not.
local parts, size = {}, 1024
while true do
  parts[#parts + 1] = (("x"):rep(size):gsub("x", "yz")) .. string.format("%-99s", #parts) .. table.concat(parts, ",", math.max(1, #parts - 2))
  size = size + 512
end
