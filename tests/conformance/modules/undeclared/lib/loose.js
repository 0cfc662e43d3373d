oops = 1; // HERE
