return Json.encode({ list = { 1, { a = true } } }, { pretty = true })
