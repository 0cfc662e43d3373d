await ask("hello");
const budget = await Run.budget();
export default { calls: budget.spent.calls, usd: budget.left.usd, capped: budget.left.tokens === undefined };
