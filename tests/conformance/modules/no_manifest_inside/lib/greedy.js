if (true) {
  spell({ about: "mine" }); // HERE
}
