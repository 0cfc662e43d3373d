-- The verbs that every spell has: side by side, tasks, errors, text, JSON.

local guest = ...
local writer, reader, faults, fibers, calls = guest.writer, guest.reader, guest.faults, guest.fibers, guest.calls
local arguments, groups = guest.arguments, guest.groups

local concat, sort = table.concat, table.sort
local format = string.format
local metatable = debug.getmetatable
local error, next, pcall, rawget, rawlen = error, next, pcall, rawget, rawlen
local select, setmetatable, tostring, type, xpcall = select, setmetatable, tostring, type, xpcall

local callable, has_text, options = arguments.callable, arguments.has_text, arguments.options
local text_of, wrong = arguments.text_of, arguments.wrong
local check, raise, side_by_side, together = groups.check, groups.raise, groups.side_by_side, groups.together

local verbs = { step = guest.steps }

-- A copy of a list: what a spell's own metatable does to it happens here, in the spell's fiber, and once.
local function items_of(verb, list)
  local items, n = {}, arguments.length(verb, "items", list, "a list")
  for i = 1, n do items[i] = list[i] end
  return items, n
end

local function is_map(given)
  return rawlen(given) == 0 and next(given) ~= nil
end

local FUNCTIONS, FUNCTIONS_OF_ANY = "a list of functions", "a list or map of functions"

local function functions_in(verb, list, wanted)
  local fns = {}
  for i = 1, arguments.length(verb, "fns", list, wanted) do fns[i] = callable(verb, format("fns[%d]", i), list[i]) end
  return fns
end

-- The functions of a list or map, and their keys if it is a map: in the order of the list, or of the sorted keys.
local function functions_of(verb, given)
  if type(given) ~= "table" or not is_map(given) then return functions_in(verb, given, FUNCTIONS_OF_ANY) end
  local fns, keys = {}, {}
  for key in next, given do
    if type(key) ~= "string" then wrong(verb, "fns", FUNCTIONS_OF_ANY, given) end
    keys[#keys + 1] = key
  end
  sort(keys)
  for i = 1, #keys do fns[i] = callable(verb, "fns." .. keys[i], given[keys[i]]) end
  return fns, keys
end

function verbs.map(list, fn, given)
  check("map")
  local items, n = items_of("map", list)
  fn = callable("map", "fn", fn)
  given = options("map", given, arguments.OF_MAP)
  return side_by_side(n, given, 8, function(i) return fn, items[i], i end, nil, items)
end

function verbs.parallel(given, settings)
  check("parallel")
  local fns, keys = functions_of("parallel", given)
  settings = options("parallel", settings, arguments.OF_PARALLEL)
  local names = keys or {}
  for i = 1, keys and 0 or #fns do names[i] = i end
  return side_by_side(#fns, settings, #fns, function(i) return fns[i] end, keys, names)
end

function verbs.race(given)
  check("race")
  local fns = functions_in("race", given, FUNCTIONS)
  if #fns == 0 then wrong("race", "fns", "at least one function", given) end
  local _, first = together(#fns, #fns, function(i) return fns[i] end, groups.always)
  if not first.ok then raise(first.value) end
  return first.value
end

-- ---------------------------------------------------------------------------------------------------------------
-- Tasks

local tasks = setmetatable({}, guest.weak) -- task -> its fiber

local methods = {}

function methods.wait(task)
  local fiber = tasks[task]
  fibers.check()
  fiber.waited = true
  if not fiber.ended then
    check("wait")
    fiber.waiters = fiber.waiters or {}
    fiber.waiters[#fiber.waiters + 1] = fibers.current()
    fibers.wait(fiber)
  end
  if not fiber.ok then error(fiber.value, 0) end
  return fiber.value
end

function methods.cancel(task)
  fibers.cancel(tasks[task], "the task was cancelled")
end

local TASK = {
  __name = "Task",
  __metatable = false,
  __index = function(task, name)
    local method = methods[name]
    if not method then faults.undefined(faults.member("Task", name)) end
    return function() return method(task) end
  end,
  __newindex = function() faults.raise({ kind = "script", message = "a task cannot be changed" }) end,
}

writer.opens[TASK] = function() return nil, nil, nil, "a task" end

function verbs.spawn(fn)
  fibers.check()
  local above = faults.places()
  local fiber = fibers.start(fibers.current(), callable("spawn", "fn", fn), nil, nil, above[1])
  local task = setmetatable({}, TASK)
  guest.order.number(task)
  fiber.task = true
  function fiber.on_end()
    if not fiber.ok then faults.extend(fiber.value, above) end
  end
  tasks[task] = fiber
  return task
end

-- ---------------------------------------------------------------------------------------------------------------
-- Errors

local function caught(thrown)
  return faults.of(thrown, faults.places())
end

function verbs.attempt(fn)
  fibers.check()
  local ok, value = xpcall(callable("attempt", "fn", fn), caught)
  if ok then return { ok = true, value = value } end
  if fibers.current().cancelled then error(value, 0) end
  return { ok = false, error = faults.of(value) }
end

function verbs.fail(message, given)
  if faults.is(message) then
    if given ~= nil then wrong("fail", "options", "left out where an error is raised again", given) end
    error(message, 0)
  end
  local text = text_of("fail", "message", message)
  given = options("fail", given, arguments.OF_FAIL)
  faults.raise({ kind = given.kind or "script", message = text, hint = given.hint })
end

-- ---------------------------------------------------------------------------------------------------------------
-- Text

local ordinals, counted = setmetatable({}, guest.weak), {}

-- Addresses differ from run to run and tell of the process; objects are counted instead.
local function ordinal(value, kind)
  if not ordinals[value] then
    counted[kind] = (counted[kind] or 0) + 1
    ordinals[value] = counted[kind]
  end
  return kind .. ": " .. ordinals[value]
end

local PLAIN = { string = true, number = true, boolean = true, ["nil"] = true }

function verbs.tostring(...)
  local value = ...
  local kind = type(value)
  if PLAIN[kind] and value ~= nil then return tostring(value) end
  if value == nil then return faults.native(tostring, ...) end
  if has_text(value) then return tostring(value) end
  local meta = metatable(value)
  local name = meta and rawget(meta, "__name")
  return ordinal(value, type(name) == "string" and name or kind)
end

-- How `print` shows a value: data as JSON, unless it has a text of its own.
local function shown(value)
  if type(value) == "table" and not has_text(value) then
    local ok, text = pcall(writer.encode, value)
    if ok then return text end
  end
  return verbs.tostring(value)
end

function verbs.print(...)
  local parts = { ... }
  for i = 1, select("#", ...) do parts[i] = shown(parts[i]) end
  calls.print(concat(parts, "\t") .. "\n")
end

for name, parameters in next, {
  map = "items, fn, options", parallel = "fns, options", race = "fns", spawn = "fn", step = "name, fn", attempt = "fn",
  fail = "message, options",
} do
  verbs[name] = arguments.bounded(name, parameters, verbs[name])
end

return verbs
