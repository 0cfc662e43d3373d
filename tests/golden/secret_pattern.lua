local mail = Secrets.get("mail")
return Http.get("https://api.mail.example/", { auth = mail }).status
