local list = {}
while true do
  list[#list + 1] = ("x"):rep(1000) .. #list
end
