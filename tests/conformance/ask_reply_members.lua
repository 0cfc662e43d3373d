-- A field that a reply does not have is an error with a suggestion, not nil.
local reply = ask("hello")
print(reply.txt) -- HERE
