print("before");
const x = = 1; // HERE
