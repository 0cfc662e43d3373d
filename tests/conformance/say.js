// say prints the answer as it comes, ends its line, and keeps its place among what is printed.
print("before");
const reply = await say("one two three");
print("after", reply.text);
