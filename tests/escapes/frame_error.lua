-- expect: script
error(("x"):rep(2000000))
