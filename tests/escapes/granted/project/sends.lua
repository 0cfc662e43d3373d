local given = spell { params = { note = "string", url = "string" } }
return Http.post(given.url, { body = given.note }).status
