if (true) {
  print("never closed");
