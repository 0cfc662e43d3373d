local name = "Ann"
print(ask("Write to {{name}} about {{topic}}.", {
  model = "echo",
  vars = { name = name },
}))
