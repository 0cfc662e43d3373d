// The runner gives this file the line ends of Windows; places stay right.
print("one");

const text = `a
b`;
print(text.length);
fail("line seven"); // HERE
