-- A handle lives as long as its run and cannot be its result.
return { Probe.counter(1) }
