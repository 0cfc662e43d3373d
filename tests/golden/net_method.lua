local reply = Http.post("https://api.example.com/v1/%2e%2e/admin?key=s3cret", { json = { a = 1 } })
