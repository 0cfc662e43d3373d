local args = spell { about = "Summarise", input = "txt" }
