await timeout("20ms", () => Watch.hang()); // HERE
