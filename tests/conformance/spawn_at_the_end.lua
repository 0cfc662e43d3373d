-- When the spell ends, what it spawned and did not wait for is cancelled, with the calls.
spawn(function() Watch.hang() end)
spawn(function() Probe.slow(0.001) spawn(function() Watch.hang() end) Watch.hang() end)
Probe.slow(0.05)
return "done"
