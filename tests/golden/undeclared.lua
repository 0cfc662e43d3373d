for i = 1, 3 do
  total = (total or 0) + i
end
