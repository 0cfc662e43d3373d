-- Calls are made in the order in which the script issues them, and those who wait go on first in, first out.
parallel {
  function() Watch.note "a1" Probe.echo(1) Watch.note "a2" Probe.echo(1) Watch.note "a3" end,
  function() Watch.note "b1" Probe.echo(1) Watch.note "b2" Probe.echo(1) Watch.note "b3" end,
  function() Watch.note "c1" Probe.echo(1) Watch.note "c2" Probe.echo(1) Watch.note "c3" end,
}
