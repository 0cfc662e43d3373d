-- A spell runs another one: arguments, result, output, errors, and many at once.
local one = Run.spell("kid", { n = 1, note = ask("a note") })
local many = map({ 2, 3 }, function(n) return Run.spell("kid.js", { n = n }).double end)
local bad = attempt(function() return Run.spell("kid", { n = "x" }) end).error
local odd = attempt(function() return Run.spell("kid", { n = 1, note = print }) end).error
local failed = attempt(function() return Run.spell("kid", { n = 0 }) end).error
print("end")
return { one, many, bad.kind, odd.message, failed.kind, failed.message, failed.where.file, failed.where.line }
