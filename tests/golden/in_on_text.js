await ask("one two three", {
  model: "echo",
  on_text: (piece) => {
    print(piece.text.more);
  },
});
