-- Run tells who and when, and cannot be changed.
local same = Run.started:sub(1, 10) == Run.date
local tried = attempt(function() Run.id = "mine" end)
return { #Run.id, Run.name:match("[^/]*$"), #Run.date, same, tried.ok, attempt(function() return Run.idd end).error.message }
