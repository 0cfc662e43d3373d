local items = { 3, 1, 2 }
table.sort(items, function(a, b)
  return ask("which is larger?", { model = "echo" }).text < b
end)
