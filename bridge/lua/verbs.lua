-- The verbs that every spell has: print, side by side, errors, JSON.

local guest = ...
local writer, reader, faults, fibers, calls = guest.writer, guest.reader, guest.faults, guest.fibers, guest.calls
local arguments = guest.arguments

local concat, sort = table.concat, table.sort
local format = string.format
local metatable = debug.getmetatable
local error, next, pcall, rawequal, rawget, rawlen = error, next, pcall, rawequal, rawget, rawlen
local select, setmetatable, tostring, type, xpcall = select, setmetatable, tostring, type, xpcall

local callable, has_text, options = arguments.callable, arguments.has_text, arguments.options
local text_of, wrong = arguments.text_of, arguments.wrong

local verbs = {}

-- Refuses a verb where it cannot wait.
local function check(verb)
  fibers.check()
  if not fibers.can_wait() then
    faults.raise({ kind = "script", message = verb .. " cannot be used inside a sort comparator or gsub callback" })
  end
end

-- ---------------------------------------------------------------------------------------------------------------
-- Side by side

-- Runs fn(i) for 1 to n, at most `limit` at once, and waits until all have ended. When decides(child) holds for one
-- that has ended, the others are cancelled and it is returned. The children stay in `group`, by their number.
local function together(n, limit, start, decides)
  local parent, site, gate = fibers.current(), faults.here(), {}
  local group, launched, live, decisive = {}, 0, 0, nil
  local launch

  local function ended(child)
    live = live - 1
    if not decisive and not parent.cancelled and decides(child) then
      decisive = child
      for i = 1, launched do fibers.cancel(group[i], "no longer needed") end
    end
    launch()
    if live == 0 then fibers.wake(parent, gate, true) end
  end

  function launch()
    while launched < n and live < limit and not decisive and not parent.cancelled do
      launched, live = launched + 1, live + 1
      group[launched] = fibers.start(parent, start(launched))
      group[launched].site, group[launched].on_end = site, ended
    end
  end

  launch()
  if live > 0 then fibers.wait(gate) end
  return group, decisive
end

local function never() return false end
local function failed(child) return not child.ok end
local function always() return true end

local function raise(fault)
  faults.extend(fault)
  error(fault, 0)
end

-- A list cannot hold nil: a result that is nil stands in it as null.
local function results(group, keys)
  local found = {}
  if not keys then writer.lists[found] = true end
  for i = 1, #group do
    local value = group[i].value
    if keys then found[keys[i]] = value elseif value == nil then found[i] = writer.null else found[i] = value end
  end
  return found
end

-- What `on_error = "keep"` returns: the results, and what failed with which error.
local function kept(group, keys, items)
  local good, ok, bad = {}, {}, {}
  writer.lists[bad] = true
  for i = 1, #group do
    local child = group[i]
    if child.ok then
      good[#good + 1] = child
      if keys then ok[keys[i]] = child.value end
    else
      bad[#bad + 1] = { item = items[i], error = child.value }
    end
  end
  return { ok = keys and ok or results(good), failed = bad }
end

local function side_by_side(n, given, limit, start, keys, items)
  local keep = given.on_error == "keep"
  local group, decisive = together(n, given.limit or limit, start, keep and never or failed)
  if decisive then raise(decisive.value) end
  if keep then return kept(group, keys, items) end
  return results(group, keys)
end

-- A copy of a list: what a spell's own metatable does to it happens here, in the spell's fiber, and once.
local function items_of(verb, list)
  if type(list) ~= "table" or rawequal(list, writer.null) then wrong(verb, "items", "a list", list) end
  local n = #list
  if n == 0 and rawlen(list) == 0 and next(list) ~= nil then wrong(verb, "items", "a list", list) end
  local items = {}
  for i = 1, n do items[i] = list[i] end
  return items, n
end

local function is_map(given)
  return rawlen(given) == 0 and next(given) ~= nil
end

-- The functions of a list or map, and their keys: in the order of the list, or of the sorted keys.
local function functions_of(verb, given)
  if type(given) ~= "table" or rawequal(given, writer.null) then
    wrong(verb, "fns", "a list or map of functions", given)
  end
  local fns, keys = {}, nil
  if is_map(given) then
    keys = {}
    for key in next, given do
      if type(key) ~= "string" then wrong(verb, "fns", "a list or map of functions", given) end
      keys[#keys + 1] = key
    end
    sort(keys)
  end
  for i = 1, keys and #keys or #given do
    local key = keys and keys[i] or i
    fns[i] = callable(verb, format(keys and "fns.%s" or "fns[%d]", key), given[key])
  end
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
  if type(given) ~= "table" or rawequal(given, writer.null) or is_map(given) then
    wrong("race", "fns", "a list of functions", given)
  end
  local fns = functions_of("race", given)
  if #fns == 0 then wrong("race", "fns", "at least one function", given) end
  local _, first = together(#fns, #fns, function(i) return fns[i] end, always)
  if not first.ok then raise(first.value) end
  return first.value
end

-- Makes `timeout`, with the op that waits.
function verbs.timeout_by(timer)
  return function(duration, fn)
    check("timeout")
    arguments.check_duration("timeout", duration)
    fn = callable("timeout", "fn", fn)
    local starts = { function() return calls.call(timer, duration) end, fn }
    local group, first = together(2, 2, function(i) return starts[i] end, always)
    if not first.ok then raise(first.value) end
    if first == group[2] then return first.value end
    local span = type(duration) == "string" and duration or format("%.14g s", duration)
    faults.raise({ kind = "timeout", message = "the function took longer than " .. span })
  end
end

-- ---------------------------------------------------------------------------------------------------------------
-- Tasks

local tasks = setmetatable({}, { __mode = "k" }) -- task -> its fiber

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
  local fiber = fibers.start(fibers.current(), callable("spawn", "fn", fn), nil, nil, faults.here())
  local task = setmetatable({}, TASK)
  fiber.task = true
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

local ordinals, counted = setmetatable({}, { __mode = "k" }), {}

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

-- ---------------------------------------------------------------------------------------------------------------
-- JSON

verbs.Json = { null = writer.null }

function verbs.Json.encode(value, given)
  given = options("Json.encode", given, arguments.OF_ENCODE)
  local ok, text = pcall(writer.encode, value, given.pretty)
  if not ok then error(faults.refused("Json.encode", text), 0) end
  return text
end

function verbs.Json.decode(text)
  local ok, value = pcall(reader.decode, text_of("Json.decode", "text", text))
  if not ok then error(faults.refused("Json.decode", value, "script"), 0) end
  return value
end

function verbs.Json.list(items)
  if items == nil then items = {} end
  if type(items) ~= "table" then wrong("Json.list", "items", "a list", items) end
  if rawlen(items) == 0 and next(items) ~= nil then wrong("Json.list", "items", "a list", items) end
  writer.lists[items] = true
  return items
end

return verbs
