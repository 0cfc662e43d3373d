-- What is wrong with a text that is no JSON has its line and column.
for _, text in ipairs { "", "[1,", "{\n  \"ż\": x }", "[01]", "[1.]", "tru", "[1 2]", "\"\\x\"", "\"\\u12\"", "\"\\ud800\"", "\"a", "\"a\nb\"", "1e400", "{}}" } do
  print(attempt(function() return Json.decode(text) end).error.message)
end
Json.decode("[,]") -- HERE
