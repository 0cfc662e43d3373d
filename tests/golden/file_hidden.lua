print(Fs.read(".env"))
