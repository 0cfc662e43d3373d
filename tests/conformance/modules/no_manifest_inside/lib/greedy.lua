if true then
  spell { about = "mine" } -- HERE
end
