local page = Http.get("https://example.com/")
print(page.status)
