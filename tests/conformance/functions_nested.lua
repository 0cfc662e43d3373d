-- A function that the host called may call the host, which calls the script, which calls the host...
local function down(n)
  if n == 0 then return "bottom" end
  return n .. " " .. Probe.apply(down, { n - 1 })
end
return down(20)
