const page = await Http.get("https://example.com/");
print(page.status);
