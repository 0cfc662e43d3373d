-- expect: memory or args
-- limits: turn=1.5
return Json.decode("[" .. ("[],"):rep(5000000) .. "[]]")
