local function work()
  error("the spell fails") -- HERE
end
io.open("kept.txt", "w"):write("kept")
work()
