// A field that a reply does not have is an error with a suggestion, not undefined.
const reply = await ask("hello");
print(reply.txt); // HERE
