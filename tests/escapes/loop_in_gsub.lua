-- expect: timeout
return (("a"):rep(60):gsub(("a*"):rep(28) .. "b", "x"))
