-- A step whose failure is kept hands on what it was given.
local function bad() fail("no") end
local flow = Workflow.sequence { steps = { function(n) return n + 1 end, { run = bad, on_error = "keep" }, function(n) return n * 10 end } }
local branch = Workflow.branch { choose = function() return "a" end, branches = { a = { run = bad, on_error = "keep" } } }
local loop = Workflow.loop {
  max = 4, start = 0,
  body = { run = function(n) if n == 2 then fail("two") end return n + 1 end, on_error = "keep" },
}
return { flow:run(1), branch:run("kept"), loop:run() }
