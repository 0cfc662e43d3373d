return Http.get("https://example.com/").text
