-- A wrong argument of step names the parameter.
local function said(...)
  local args = table.pack(...)
  local e = attempt(function() return step(table.unpack(args, 1, args.n)) end).error
  return e.kind .. " " .. e.message
end
local function one() return 1 end
return {
  said(), said(1, one), said("", one), said("x"), said("x", 1), (said(string.rep("é", 101), one):gsub(" got .*", "")),
  step(string.rep("é", 100), one),
}
