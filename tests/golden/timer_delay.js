setTimeout(() => print("later"), "5s");
