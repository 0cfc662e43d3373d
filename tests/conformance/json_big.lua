-- An integer that does not fit is an error, unless it was said what shall become of it.
local text = '{"id": 123456789012345678901234567890, "n": [1, 1e20, -0]}'
local value = Json.decode(text, { big = "string" })
local rounded = Json.decode(text, { big = "float" })
local wrong = attempt(function() return Json.decode("1", { big = "exact" }) end).error
local unknown = attempt(function() return Json.decode("1", { large = 1 }) end).error
print(wrong.kind, wrong.message)
print(unknown.message, unknown.hint)
print(value.id, value.n[1], value.n[2] == 1e20, rounded.id == 123456789012345678901234567890.0)
Json.decode(text) -- HERE
