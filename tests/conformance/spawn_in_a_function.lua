-- A task belongs to the function of a verb in which it was made, and is cancelled when that ends.
map({ 1, 2 }, function() spawn(function() Watch.hang() end) Probe.slow(0.01) end)
return Watch.cancelled()
