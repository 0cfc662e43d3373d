return Fs.read(spell { params = { path = "string" } }.path)
