throw new Error("out of ink"); // HERE
