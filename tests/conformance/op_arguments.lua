-- Options come last and are optional, a list may be empty, nothing counts as not given.
return {
  Probe.typed("a"),
  Probe.typed("a", 2),
  Probe.typed("a", 2, { loud = true }),
  Probe.typed("a", nil, { items = { "b", "c" } }),
  Probe.typed("a", 1, { items = {}, loud = false }),
  Probe.typed("a", 1, {}),
  Probe.typed("a", 1, nil),
  Probe.typed("a", 0),
  Probe:typed("method"),
}
