local function main(args)
  fail("from " .. type(args)) -- HERE
end
return main
