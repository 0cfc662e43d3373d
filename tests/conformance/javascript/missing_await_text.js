// A promise of the host that is used as text says what is missing.
const reply = ask("hello");
print("it said: " + reply); // HERE
