-- A task has two members and no others.
local task = spawn(function() return 1 end)
print(task:wait())
task:cancle() -- HERE
