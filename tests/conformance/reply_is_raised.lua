-- A reply that is raised counts as its text.
local tried = attempt(function() error(ask("no ink", { model = "echo" })) end)
print(tried.error.kind .. " " .. tried.error.message)
error(ask("no paper", { model = "echo" }))
