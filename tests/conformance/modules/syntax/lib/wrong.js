const x =
const y = 1; // HERE
