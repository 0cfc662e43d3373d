const response = await fetch("https://example.com/");
print(response.status);
