const notes = await Fs.read("ask_no_modl.txt");
print(notes);
