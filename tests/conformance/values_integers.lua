-- Every width of integer, up to what both languages hold exactly.
local list = {}
for _, edge in ipairs { 0, 31, 32, 127, 128, 255, 256, 32767, 32768, 65535, 65536, 2147483647, 2147483648, 4294967295, 4294967296, 9007199254740990 } do
  table.insert(list, edge)
  table.insert(list, -edge - 1)
end
local back = Probe.echo(list)
for i, n in ipairs(list) do assert(back[i] == n and math.type(back[i]) == "integer") end
return back
