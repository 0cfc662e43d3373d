fail("just so"); // HERE
