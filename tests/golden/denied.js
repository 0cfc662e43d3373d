await Http.get("https://example.com/");
