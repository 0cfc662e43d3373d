await State.set("", 1); // HERE
