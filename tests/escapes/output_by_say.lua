-- expect: output or budget
while true do say(("word "):rep(1000)) end
