-- What is wrong with a flow is said at the line where it is made.
local function one() return 1 end

Workflow.graph { nodes = { a = one, b = one }, edges = { { "a", "b" }, { "b", "a" } } } -- HERE
