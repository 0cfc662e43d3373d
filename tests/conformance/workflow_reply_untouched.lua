-- What passes from step to step is the value itself: a reply stays a reply, and a table the same table.
local given = { a = 1 }
local flow = Workflow.sequence { steps = { function(value) return value end, { run = function(value) return value end, timeout = 5, retry = {} } } }
local same = flow:run(given) == given
local reply = Workflow.graph { nodes = { a = function(_, input) return ask(input) end } }:run("forty two")
local pair = Workflow.parallel { branches = { a = function() return reply end } }:run()
return { same, reply.text, reply .. "!", pair.a == reply }
