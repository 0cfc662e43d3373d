-- expect: script or args
return ("x"):rep(2000000)
