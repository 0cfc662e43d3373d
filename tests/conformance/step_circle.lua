-- So would two that wait for each other.
local function a() return step("a", function() Probe.slow(0.01) return step("b", function() return 1 end) end) end
local function b() return step("b", function() Probe.slow(0.02) return step("a", function() return 2 end) end) end
local both = parallel({ a = a, b = b }, { on_error = "keep" })
local itself = attempt(function() step("c", function() return step("c", print) end) end)
local task = attempt(function() step("d", function() return spawn(function() return step("d", print) end):wait() end) end)
return { both.failed[1].error.message, #both.failed, itself.error.message, task.error.message, step("a", function() return 3 end) }
