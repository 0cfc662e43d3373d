await State.shared("team"); // HERE
