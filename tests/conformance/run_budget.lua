ask("hello")
local budget = Run.budget()
return { calls = budget.spent.calls, usd = budget.left.usd, capped = budget.left.tokens == nil }
