-- Where Lua cannot wait, a flow is refused before it begins.
local flow = Workflow.sequence { steps = { function() Watch.note("ran") end } }
table.sort({ 2, 1 }, function() return flow:run() end) -- HERE
