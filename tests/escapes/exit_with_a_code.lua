-- expect: script
pcall(function() os.exit(3) end)
return "not reached"
