spell { about = "a module" }
return 1
