local args = spell { about = "Summarise a file or stdin", input = "text", params = { words = 80 } }

return ask("Summarise in at most {{words}} words:\n\n{{input}}", { vars = args })
