return map({ 1, 2, 3 }, function(a)
  return map({ 10, 20 }, function(b) return Probe.echo(a * b) end, { limit = 1 })
end)
