local text = '{"title": "x", year: 1}'
print(Json.decode(text).title)
