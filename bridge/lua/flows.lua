-- How flows run. Each step is a fiber of its own, below the one that runs the flow; which goes next is decided by the
-- order of the steps, never by time.

local guest = ...
local writer, faults, fibers, arguments = guest.writer, guest.faults, guest.fibers, guest.arguments
local groups, timing = guest.groups, guest.timing

local format, sub = string.format, string.sub
local metatable = debug.getmetatable
local next, rawequal, rawget, rawlen, select = next, rawequal, rawget, rawlen, select
local setmetatable, type = setmetatable, type

local flows = setmetatable({}, guest.weak) -- flow -> { kind, title, name, perform }
local paths = setmetatable({}, guest.weak) -- error -> the path of the step that it comes from

local engine = { flows = flows }

-- ---------------------------------------------------------------------------------------------------------------
-- Errors

-- Whether an error may be given the name of a step: data of the spell's own stays as it is.
local function is_open(data)
  if data == nil then return true end
  return type(data) == "table" and not metatable(data) and rawlen(data) == 0 and rawget(data, "step") == nil
end

-- Notes in an error which step it comes from: the names of flows and steps, from the outside to the inside.
local function note(fault, path)
  local inner = paths[fault]
  if inner and sub(inner .. "/", 1, #path + 1) == path .. "/" or not inner and not is_open(fault.data) then return end
  if inner then path = path .. "/" .. inner end
  local data = {}
  for key, value in next, type(fault.data) == "table" and fault.data or {} do data[key] = value end
  data.step = path
  paths[fault], fault.data = path, data
end

-- ---------------------------------------------------------------------------------------------------------------
-- Steps, one after another

-- A step has `call(path, first, second)`, `flow` where it is one, and `keeps` where its failure does not end the flow.
local function start(parent, step, path, first, second, site)
  return fibers.start(parent, function() return step.call(path, first, second) end, nil, nil, site)
end

local function place()
  return faults.here() or fibers.current().site
end

-- Runs a step and returns its result, or `otherwise` where its failure is kept.
function engine.take(step, path, first, second, otherwise)
  local fiber = start(fibers.current(), step, path, first, second, place())
  fiber.waiters = { fibers.current() }
  fibers.wait(fiber)
  if fiber.ok then return fiber.value end
  note(fiber.value, path)
  if step.keeps then return otherwise end
  groups.raise(fiber.value)
end

-- ---------------------------------------------------------------------------------------------------------------
-- Jobs, side by side

-- Runs jobs { name, step, needs, feeds }, at most `limit` at once and each after those that it needs; `needs` and
-- `feeds` are the numbers of other jobs, `given(job, values)` what a job is called with. Returns the fibers of those
-- that have run, by their numbers, and their values; with `keeps` even where the run is stopped meanwhile.
function engine.work(jobs, limit, path, keeps, given)
  local parent, site, gate = fibers.current(), place(), {}
  local group, values, open, ready = {}, {}, {}, {}
  local turn, live, decisive = 1, 0, nil
  local launch

  for i = 1, #jobs do
    open[i] = #jobs[i].needs
    if open[i] == 0 then ready[#ready + 1] = i end
  end

  local function goes_on()
    return not decisive and (not parent.cancelled or keeps and fibers.stopping())
  end

  local function release(job)
    for i = 1, #job.feeds do
      local number = job.feeds[i]
      open[number] = open[number] - 1
      if open[number] == 0 then ready[#ready + 1] = number end
    end
  end

  local function stop(failed)
    decisive = failed
    for i = 1, #jobs do
      if group[i] then fibers.cancel(group[i], "no longer needed") end
    end
  end

  local function ended(number, fiber)
    local job = jobs[number]
    live = live - 1
    if fiber.ok then
      values[number] = fiber.value
      release(job)
    else
      note(fiber.value, path .. "/" .. job.name)
      if not job.step.keeps and goes_on() then stop(fiber) end
    end
    launch()
    if live == 0 then fibers.wake(parent, gate, true) end
  end

  function launch()
    while turn <= #ready and live < limit and goes_on() do
      local number = ready[turn]
      local job = jobs[number]
      local first, second = given(job, values)
      turn, live = turn + 1, live + 1
      group[number] = start(parent, job.step, path .. "/" .. job.name, first, second, site)
      group[number].on_end = function(fiber) ended(number, fiber) end
    end
  end

  launch()
  parent.keeps = keeps
  if live > 0 then fibers.wait(gate) end
  parent.keeps = nil
  if decisive then groups.raise(decisive.value) end
  return group, values
end

-- ---------------------------------------------------------------------------------------------------------------
-- Flows

local FLOW = { __name = "Flow", __metatable = false }

function FLOW.__index(object, key)
  local flow = flows[object]
  if key == "name" or key == "kind" or key == "run" then return flow[key] end
  faults.undefined(faults.member("Flow", key))
end

function FLOW.__newindex(_, key)
  faults.raise({ kind = "script", message = format("`%s` cannot be changed", faults.member("Flow", key)) })
end

function FLOW.__tostring(object)
  return "flow " .. flows[object].name
end

writer.opens[FLOW] = function(object) return nil, nil, nil, "`flow " .. flows[object].name .. "`" end

-- Makes a flow; perform(input, path) is what it does. `title` is the name that the spell gave it, if it did.
function engine.flow(kind, title, perform)
  local object, name = setmetatable({}, FLOW), title or kind
  local function run(...)
    local input = ...
    if rawequal(input, object) then input = select(2, ...) end
    groups.check("flow:run")
    return perform(input, name)
  end
  flows[object] = { kind = kind, title = title, name = name, perform = perform, run = run }
  return object
end

-- ---------------------------------------------------------------------------------------------------------------
-- What may be a step

local STEP = "a function, a flow, or a table with `run`"

-- Returns what is called with a path and two values, and the name that it has of its own.
local function runnable(verb, parameter, given, wanted)
  local flow = flows[given]
  if flow then return function(path, input) return flow.perform(input, path) end, flow.title end
  if not arguments.is_callable(given) then arguments.wrong(verb, parameter, wanted, given) end
  return function(_, first, second) return given(first, second) end
end

local function timed(call, duration)
  return function(path, first, second)
    return timing.timeout(duration, function() return call(path, first, second) end)
  end
end

local function retried(call, options)
  return function(path, first, second)
    return timing.again(options, function() return call(path, first, second) end)
  end
end

-- Returns a step; `known` are the options that a table of it may have.
function engine.step(verb, parameter, given, known)
  if type(given) ~= "table" or metatable(given) ~= nil or rawequal(given, writer.null) then
    local call, title = runnable(verb, parameter, given, STEP)
    return { call = call, title = title, flow = flows[given] ~= nil }, {}
  end
  local owner = format("%s: `%s`", verb, parameter)
  local options = arguments.options(owner, given, known)
  local call, title = runnable(verb, parameter .. ".run", options.run, "a function or a flow")
  if options.timeout ~= nil then
    arguments.check_duration(owner, options.timeout, "timeout")
    call = timed(call, options.timeout)
  end
  if options.retry ~= nil then
    call = retried(call, timing.retry_options(format("%s: `%s.retry`", verb, parameter), options.retry))
  end
  return {
    call = call, title = options.name or title, flow = flows[options.run] ~= nil,
    keeps = options.on_error == "keep", decides = options.on_error ~= nil,
  }, options
end

return engine
