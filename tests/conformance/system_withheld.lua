print(attempt(function() return System.env("HOME") end).ok)
System.run("true") -- HERE
