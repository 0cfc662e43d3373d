await step("bad", () => print); // HERE
