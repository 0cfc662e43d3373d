function greet(name) {
  if (name) {
    print("hello " + name);

greet("you");
