return function()
  mapp({}) -- HERE
end
