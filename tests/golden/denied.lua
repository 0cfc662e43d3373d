local hosts = Fs.read("/etc/hosts")
