-- What the host gives cannot be changed under it.
return {
  attempt(function() Probe.echo = nil end).ok,
  attempt(function() Probe.mine = 1 end).ok,
  attempt(function() Json.null = 1 end).ok,
  Probe.echo("still works"),
}
