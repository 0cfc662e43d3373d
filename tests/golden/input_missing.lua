local args = spell { about = "Sum", input = "files" }
