print("first");
fail("early"); // HERE
