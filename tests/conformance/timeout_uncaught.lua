timeout("20ms", function() Watch.hang() end) -- HERE
