return Http.get("example.com/feed.json").json
