Log.inf("hello") -- HERE
