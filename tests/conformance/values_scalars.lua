-- What crosses to the host and back is what it was.
assert(Probe.echo() == nil)
assert(Probe.echo(nil) == nil)
assert(Probe.echo(Json.null) == nil)
return { Probe.echo(true), Probe.echo(false), Probe.echo(0), Probe.echo(-1), Probe.echo(1.5), Probe.echo(""), Probe.echo("text") }
