-- The trace of a task goes on with where it was started.
local function work() Probe.fail("in a task") end -- HERE
local function begin()
  local task = spawn(work)
  return task
end
begin():wait()
