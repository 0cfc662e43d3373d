-- expect: timeout
return #(""):rep(1 << 40)
