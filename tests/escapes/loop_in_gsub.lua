-- expect: timeout
-- limits: turn=0.1
return (("a"):rep(60):gsub(("a*"):rep(28) .. "b", "x"))
