local data = { big = {} }
for i = 1, 70 do data = { data } end
return data
