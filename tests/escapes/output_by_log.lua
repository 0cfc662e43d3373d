-- expect: output or budget
while true do Log.info(("x"):rep(10000)) end
