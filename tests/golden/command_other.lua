spell { allow = { run = { "git log *" } } }
return System.run { "git", "push" }
