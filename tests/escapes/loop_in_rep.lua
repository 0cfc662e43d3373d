-- expect: timeout
-- limits: turn=0.1
return #(""):rep(1 << 40)
