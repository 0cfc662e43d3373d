-- An indented declaration was not read before the run, so it must not seem to count.
local function main()
  local args = spell { params = { n = 1 } } -- HERE
  return args.n
end
local n = main()
return n
