Log.inf("hello"); // HERE
