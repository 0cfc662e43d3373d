const a = 1;
const b = 2; a.b.c(); // HERE
