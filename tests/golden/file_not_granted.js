const text = "x";
await Fs.write("digests/today.md", text);
