// What is logged as the last thing before the end, good or bad, is not lost.
Log.info("last words");
fail("over"); // HERE
