const reply = ask("hello"); // HERE
print(reply.text);
