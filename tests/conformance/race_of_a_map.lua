race { a = function() return Probe.echo(1) end } -- HERE
