local first = Probe.slow(0, "a")
Probe.echo(1)
print("ready")
return { first = first, ask = function(x) return Probe.echo(x) end }
