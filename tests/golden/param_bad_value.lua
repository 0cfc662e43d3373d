local args = spell { about = "Sum", params = { words = 80 } }
