-- expect: timeout
-- limits: turn=0.1
return ("a"):rep(200):find(("a-"):rep(30) .. "b")
