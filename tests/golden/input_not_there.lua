local args = spell { about = "Sum", input = "text" }
