-- expect: memory or script
return #("x"):rep(1 << 40)
