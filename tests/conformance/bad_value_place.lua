-- The error of a bad value has the line of the call.
local value = {
  ratio = 0 / 0,
}

Probe.echo(value) -- HERE
