// Count the words of a text.
const text = "one two three";
for (const word of text.split(" ")) {
  print(word;
}
