-- expect: budget
while true do Probe.echo(1) end
