-- Nothing that is raised has words all the same.
print(attempt(function() error(nil) end).error.message, attempt(function() error(Json.null) end).error.message)
error(nil) -- HERE
