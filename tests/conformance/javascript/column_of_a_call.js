const a = 1; await Probe.fail("no"); // HERE
