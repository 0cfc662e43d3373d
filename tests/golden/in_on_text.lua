ask("one two three", {
  model = "echo",
  on_text = function(piece)
    print(piece.text.more)
  end,
})
