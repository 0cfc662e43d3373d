local title = "Größe"
Http.post("https://example.com/", { headers = { ["X-Title"] = title }, json = { a = 1 } })
