const words = ["one", "two";
print(words.length);
