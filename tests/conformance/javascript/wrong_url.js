const url = "example.com/x";
new URL(url); // HERE
