-- say prints the answer as it comes, ends its line, and keeps its place among what is printed.
print("before")
local reply = say("one two three")
print("after", reply.text)
