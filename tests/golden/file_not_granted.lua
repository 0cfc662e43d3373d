local text = "x"
Fs.write("digests/today.md", text)
