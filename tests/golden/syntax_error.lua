-- Count the words of a text.
local text = "one two three"
for word in text:gmatch("%a+") do
  print(word
end
