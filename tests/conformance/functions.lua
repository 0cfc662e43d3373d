-- The host calls a function of the script, with arguments, and gets its result.
return {
  Probe.apply(function() return 1 end),
  Probe.apply(function(a, b) return a + b end, { 2, 3 }),
  Probe.apply(function(list) return { #list, list } end, { { 1, Json.null } }),
  Probe.apply(function() return Json.list {} end),
  Probe.apply(function(x) return Probe.echo(x) .. "!" end, { "called" }),
  Probe.apply(function() end) == nil,
}
