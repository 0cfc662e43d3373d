Fs.write("x.txt", { "a", "b" })
