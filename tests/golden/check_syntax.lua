local words = { "one", "two"
print(#words)
