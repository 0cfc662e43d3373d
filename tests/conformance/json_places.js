// What is wrong with a text that is no JSON has its line and column.
for (const text of ["", "[1,", "{\n  \"ż\": x }", "[01]", "[1.]", "tru", "[1 2]", "\"\\x\"", "\"\\u12\"", "\"\\ud800\"", "\"a", "\"a\nb\"", "1e400", "{}}"]) {
  print((await attempt(() => Json.decode(text))).error.message);
}
Json.decode("[,]"); // HERE
