-- expect: budget
while true do Log.debug("x") end
