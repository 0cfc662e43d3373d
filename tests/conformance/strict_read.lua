-- A name that nobody defined is an error with a suggestion.
local list = { 1 }
local results = paralel(list) -- HERE
