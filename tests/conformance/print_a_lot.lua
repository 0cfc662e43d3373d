-- Much output arrives whole and in order.
for i = 1, 20000 do print(i) end
