const response = await fetch("https://example.com/");
print(await response.text());
