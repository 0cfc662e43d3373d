print("begins");
await Fs.read("nothing.txt"); // HERE
