local notes = Fs.read("ask_no_modl.txt")
print(notes)
