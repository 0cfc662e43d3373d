-- A wrong argument of an op that nobody awaits ends the spell with the line of the call.
Log.info({ 1, 2 }) -- HERE
Probe.slow(0.2)
return "not reached"
