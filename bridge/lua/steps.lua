-- Steps: functions with a name, whose value is kept for the rest of the run.

local guest = ...
local writer, reader, faults, fibers = guest.writer, guest.reader, guest.faults, guest.fibers
local calls, arguments, groups = guest.calls, guest.arguments, guest.groups

local byte, format, sub = string.byte, string.format, string.sub
local move = table.move
local next, rawequal, rawlen, setmetatable, type = next, rawequal, rawlen, setmetatable, type

local null, lists, makes = writer.null, writer.lists, writer.makes

local steps = {} -- name -> { name, waiters, body }; a step that is done has a body, its value as msgpack
local running = setmetatable({}, guest.weak) -- fiber -> the step that it runs

-- ---------------------------------------------------------------------------------------------------------------
-- A value as it comes back

local restored

local function restored_list(list)
  for i = 1, #list do list[i] = restored(list[i]) end
  return list
end

-- Takes off what the writer has marked: a type, and keys of the spell's own that look like a mark.
local function restored_map(map)
  local fields, make = {}, nil
  for key, value in next, map do
    if key == "$type" then
      make = makes[value]
    else
      fields[byte(key) == 0x24 and sub(key, 2) or key] = restored(value)
    end
  end
  return make and make(fields) or fields
end

function restored(value)
  if type(value) ~= "table" or rawequal(value, null) then return value end
  if lists[value] or rawlen(value) > 0 then return restored_list(value) end
  return restored_map(value)
end

-- ---------------------------------------------------------------------------------------------------------------
-- Who waits for whom

-- Adds the steps that a fiber is part of, innermost first.
local function add_steps_above(fiber, found)
  while fiber do
    found[#found + 1] = running[fiber]
    fiber = fiber.parent
  end
  return found
end

-- Refuses to wait for a step that waits for one of those that the running fiber is part of.
local function refuse_circle(step)
  local found, seen, at = add_steps_above(fibers.current(), {}), {}, 1
  local innermost = found[1]
  while found[at] do
    local other = found[at]
    if other == step then
      local way = innermost == step and "" or format(", by way of %s", faults.shown(innermost.name))
      faults.raise({ kind = "script", message = format("step %s waits for itself%s", faults.shown(step.name), way) })
    end
    for i = 1, seen[other] and 0 or #other.waiters do
      local waiter = other.waiters[i]
      if waiter.waiting == other then add_steps_above(waiter, found) end
    end
    seen[other], at = true, at + 1
  end
end

-- ---------------------------------------------------------------------------------------------------------------
-- Running a step

-- Each of those who waited gets an error of its own: its trace goes on where that one waits.
local function copy_of(fault)
  local fields = {}
  for key, value in next, fault do fields[key] = value end
  local trace = type(fault.trace) == "table" and fault.trace or {}
  return faults.new(fields, move(trace, 1, rawlen(trace), 1, {}))
end

-- A step that fails is forgotten. So is one that was cancelled with the fiber that ran it, but then those who wait look
-- again, and the first of them runs it.
local function conclude(step, fiber)
  local fault = nil
  if fiber.cancelled then
    steps[step.name] = nil
  else
    if fiber.ok then step.body, fault = calls.packed("the value of step " .. faults.shown(step.name), fiber.value) end
    fault = not fiber.ok and fiber.value or fault
    if fault then steps[step.name] = nil end
  end
  for i = 1, #step.waiters do
    fibers.wake(step.waiters[i], step, not fault, fault and copy_of(fault))
  end
  step.waiters = {}
end

local function wait_for(step)
  step.waiters[#step.waiters + 1] = fibers.current()
  local ok, fault = fibers.wait(step)
  if not ok then groups.raise(fault) end
end

local function begin(name, fn)
  local step = { name = name, waiters = {} }
  local fiber = fibers.start(fibers.current(), fn, nil, nil, faults.here())
  steps[name], running[fiber] = step, step
  function fiber.on_end() conclude(step, fiber) end
  return step
end

-- Returns what `fn` returned when the step of this name was first called.
return function(name, fn)
  groups.check("step")
  if not arguments.is_name(name) then arguments.wrong("step", "name", arguments.NAME, name) end
  fn = arguments.callable("step", "fn", fn)
  local step = steps[name] or begin(name, fn)
  while not step.body do
    refuse_circle(step)
    wait_for(step)
    step = steps[name] or begin(name, fn)
  end
  return restored(reader.unpack(step.body))
end
