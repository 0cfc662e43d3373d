-- expect: memory or args
return Json.decode("[" .. ("[],"):rep(5000000) .. "[]]")
