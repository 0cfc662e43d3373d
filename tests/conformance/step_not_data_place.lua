step("bad", function() return print end) -- HERE
