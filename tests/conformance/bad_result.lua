-- A result that is no data is an error of the spell, not of the worker.
return { fine = 1, wrong = function() end }
