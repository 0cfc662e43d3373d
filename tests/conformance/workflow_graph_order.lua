-- Nodes that are ready begin in the order of their names, and others when their time has come.
local nodes = {}
for _, name in ipairs { "d", "b", "a", "c", "z", "ä", "𝄞", "\u{ff5e}" } do nodes[name] = function() Watch.note(name) end end
Workflow.graph { nodes = nodes, edges = { { "z", "a" }, { "z", "b" }, { "d", "b" } }, limit = 1 }:run()
