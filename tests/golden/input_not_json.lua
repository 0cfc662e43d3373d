local args = spell { about = "Sum", input = "json" }
