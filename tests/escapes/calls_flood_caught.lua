-- expect: budget
while true do pcall(Probe.echo, 1) end
