-- expect: memory
-- limits: turn=1.5
return #("x"):rep(1 << 30)
