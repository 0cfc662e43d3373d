print("loads")
Probe.slow(0.01)
return { state = "ready" }
