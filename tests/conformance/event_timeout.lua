Event.wait("never.*", { timeout = "10ms" }) -- HERE
