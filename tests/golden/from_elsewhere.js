// Waits a little.
setTimeout(() => print("later"), 100);
