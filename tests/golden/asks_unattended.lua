spell { allow = { net = { "api.example.com" }, tools = { "Fs.remove" } } }
return 1
