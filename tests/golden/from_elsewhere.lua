-- Reads a file.
local file = io.open("notes.txt")
print(file:read("a"))
