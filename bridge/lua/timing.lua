-- Waiting: for a while, for at most a while, and before another attempt.

local guest = ...
local faults, calls, arguments, groups = guest.faults, guest.calls, guest.arguments, guest.groups

local format, min, max, huge = string.format, math.min, math.max, math.huge
local metatable = debug.getmetatable
local next, rawequal, rawget, rawlen, type = next, rawequal, rawget, rawlen, type

local timing = {}

local timer -- the op that waits
local state = 0 -- of the source of chance

-- Names the op that waits, and begins the run's own chance, which the spell's own numbers do not depend on.
function timing.begin(op, seed)
  timer, state = op, seed & 0xffffffff
end

-- A number from 0 up to 1; the same ones for the same seed, in every language (the generator is called mulberry32).
local function chance()
  state = (state + 0x6d2b79f5) & 0xffffffff
  local mixed = (state ~ state >> 15) * (state | 1) & 0xffffffff
  mixed = mixed ~ (mixed + ((mixed ~ mixed >> 7) * (mixed | 61) & 0xffffffff) & 0xffffffff)
  return (mixed ~ mixed >> 14) / 0x100000000
end

-- Returns the result of `fn`, or raises an error of kind `timeout` after cancelling it.
timing.timeout = arguments.bounded("timeout", "duration, fn", function(duration, fn)
  groups.check("timeout")
  arguments.check_duration("timeout", duration)
  fn = arguments.callable("timeout", "fn", fn)
  local starts = { function() return calls.call(timer, duration) end, fn }
  local group, first = groups.together(2, 2, function(i) return starts[i] end, groups.always)
  if not first.ok then groups.raise(first.value) end
  if first == group[2] then return first.value end
  local span = type(duration) == "string" and duration or format("%.14g s", duration)
  faults.raise({ kind = "timeout", message = "the function took longer than " .. span })
end)

-- ---------------------------------------------------------------------------------------------------------------
-- Another attempt

-- What does not get better by itself.
local LASTING = {
  args = true, config = true, auth = true, permission = true, budget = true, cancelled = true, approval = true,
  replay = true,
}
local JITTER = 0.1 -- of a wait, at most: those who failed together do not all come back at once

local function may_pass(fault, on)
  local kind, data = fault.kind, fault.data
  if on then return type(kind) == "string" and on[kind] == true end
  if type(data) == "table" and not metatable(data) and rawget(data, "undefined") ~= nil then return false end
  return not LASTING[kind]
end

-- How many seconds an error asks to wait.
local function asked(fault)
  local data = fault.data
  local seconds = type(data) == "table" and rawget(data, "retry_after")
  return type(seconds) == "number" and seconds > 0 and seconds < huge and seconds or 0
end

-- Notes in an error how often it was tried, unless its data is the spell's own and no map.
local function counted(fault, attempts)
  local data, copy = fault.data, {}
  if data ~= nil and (type(data) ~= "table" or metatable(data) ~= nil or rawlen(data) > 0) then return fault end
  for key, value in next, data or {} do copy[key] = value end
  copy.attempts = attempts
  fault.data = copy
  return fault
end

local function kinds_of(verb, list)
  if list == nil then return nil end
  local on = {}
  for i = 1, arguments.length(verb, "on", list, arguments.KINDS) do
    local kind = rawget(list, i)
    if type(kind) ~= "string" or not faults.kinds[kind] or kind == "cancelled" then
      arguments.wrong(verb, format("on[%d]", i), 'a kind of errors other than "cancelled"', kind, faults.KINDS)
    end
    on[kind] = true
  end
  return on
end

local function seconds_of(verb, parameter, duration, otherwise)
  return duration == nil and otherwise or arguments.check_duration(verb, duration, parameter)
end

-- Returns the checked options of `retry`, with what is not given.
function timing.retry_options(verb, given)
  local chosen = arguments.options(verb, given, arguments.OF_RETRY)
  return {
    times = chosen.times or 3, on = kinds_of(verb, chosen.on), factor = chosen.factor or 2,
    wait = seconds_of(verb, "wait", chosen.wait, 1), max_wait = seconds_of(verb, "max_wait", chosen.max_wait, 60),
  }
end

-- Calls fn(attempt) as often as checked options say, and returns its first result or raises its last error.
function timing.again(checked, fn)
  local wait = checked.wait
  for attempt = 1, checked.times do
    local child = groups.together(1, 1, function() return fn, attempt end, groups.never)[1]
    if child.ok then return child.value end
    local fault = child.value
    if attempt == checked.times or not may_pass(fault, checked.on) then groups.raise(counted(fault, attempt)) end
    wait = min(wait, checked.max_wait)
    calls.call(timer, min(max(wait, asked(fault)) * (1 + JITTER * chance()), checked.max_wait))
    wait = wait * checked.factor
  end
end

timing.retry = arguments.bounded("retry", "options, fn", function(given, fn)
  groups.check("retry")
  local checked = timing.retry_options("retry", given)
  return timing.again(checked, arguments.callable("retry", "fn", fn))
end)

return timing
