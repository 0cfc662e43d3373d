local a, b
a = spawn(function() return b:wait() end)
b = spawn(function() return a:wait() end)
print(a:wait())
