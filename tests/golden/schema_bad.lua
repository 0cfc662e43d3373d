print(ask("A book.", { model = "echo", schema = { title = "string", year = { type = "integr" } } }))
