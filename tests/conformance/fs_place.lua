print("begins")
Fs.read("nothing.txt") -- HERE
