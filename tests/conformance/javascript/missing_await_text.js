// A promise of the host that is used as text says what is missing, and where.
const reply = ask("hello"); // HERE
print("it said: " + reply);
