-- The arguments of verbs: what is wrong is an error that names the verb and the parameter.

local guest = ...
local writer, faults = guest.writer, guest.faults

local concat, utf8len = table.concat, utf8.len
local find, format, gmatch, gsub = string.find, string.format, string.gmatch, string.gsub
local huge, mathtype, tointeger = math.huge, math.type, math.tointeger
local metatable = debug.getmetatable
local next, rawequal, rawget, rawlen = next, rawequal, rawget, rawlen
local select, tonumber, tostring, type = select, tonumber, tostring, type

local arguments = {}

-- Raises what is wrong with an argument.
function arguments.wrong(verb, parameter, wanted, got, hint)
  local message = format("%s: `%s` must be %s, got %s", verb, parameter, wanted, faults.shown(got))
  faults.raise({ kind = "args", message = message, hint = hint })
end

-- Returns a verb that refuses more arguments than it has parameters, in the words that the host has for its ops.
function arguments.bounded(verb, parameters, fn)
  local _, most = gsub(parameters, "[^, ]+", "")
  return function(...)
    local n = select("#", ...)
    if n <= most then return fn(...) end
    local message = format("%s takes at most %d (%s), got %d arguments", verb, most, parameters, n)
    faults.raise({ kind = "args", message = message })
  end
end

-- Whether a value can be called as a function.
function arguments.is_callable(value)
  if type(value) == "function" then return true end
  local meta = type(value) == "table" and metatable(value)
  return meta and rawget(meta, "__call") ~= nil
end

-- Returns what can be called as a function.
function arguments.callable(verb, parameter, fn)
  if type(fn) == "function" then return fn end
  if not arguments.is_callable(fn) then arguments.wrong(verb, parameter, "a function", fn) end
  return function(...) return fn(...) end
end

-- Whether a value has words of its own.
function arguments.has_text(value)
  local meta = type(value) == "table" and metatable(value)
  return meta and rawget(meta, "__tostring") ~= nil
end

local function is_typed(value)
  local opener = writer.opens[metatable(value)]
  return opener ~= nil and select(2, opener(value)) == "$type"
end

-- Returns the text of a typed value or an error, and anything else as it is.
function arguments.spoken(value)
  if type(value) ~= "table" or not (faults.is(value) or is_typed(value)) then return value end
  return arguments.has_text(value) and tostring(value) or value
end

-- Returns a text; a typed value counts as its own.
function arguments.text_of(verb, parameter, value)
  if type(value) == "string" then return value end
  if not is_typed(value) then arguments.wrong(verb, parameter, "a string", value) end
  return arguments.has_text(value) and tostring(value) or writer.encode(value)
end

-- Returns a key of a table that is none of 1 to n, as an error quotes it: the first in the order of such texts.
local function stray(t, n)
  local first
  for key in next, t do
    if mathtype(key) ~= "integer" or key < 1 or key > n then
      local text = faults.shown(key)
      if not first or text < first then first = text end
    end
  end
  return first
end

-- Returns the length of a list. Of a table that mixes keys a verb would lose a part: it is refused. One with a
-- metatable says itself how long it is.
function arguments.length(verb, parameter, list, wanted)
  if type(list) ~= "table" or rawequal(list, writer.null) then arguments.wrong(verb, parameter, wanted, list) end
  local n = #list
  if n == 0 and rawlen(list) == 0 and next(list) ~= nil then arguments.wrong(verb, parameter, wanted, list) end
  local other = metatable(list) == nil and stray(list, n)
  if not other then return n end
  local problem = "%s: `%s` must be %s, got a table with the key %s beside 1 to %d"
  faults.raise({ kind = "args", message = format(problem, verb, parameter, wanted, other, n) })
end

-- Refuses what a verb does not know: the first of it in the order of names, for tables have none.
local function refuse_others(verb, given, known)
  local names, is_known, other = {}, {}, nil
  for i = 1, #known do
    names[i] = known[i].name
    is_known[names[i]] = true
  end
  for key in next, given do
    local name = not is_known[key] and (type(key) == "string" and key or faults.shown(key))
    if name and (not other or name < other) then other = name end
  end
  if not other then return end
  local message, hint = format("%s has no option `%s`", verb, other), "options: " .. concat(names, ", ")
  faults.raise({ kind = "args", message = message, hint = hint })
end

-- Returns the options of a verb; each known one has a check and what it must be.
function arguments.options(verb, given, known)
  if given == nil then return {} end
  if type(given) ~= "table" or rawequal(given, writer.null) then arguments.wrong(verb, "options", "a table", given) end
  refuse_others(verb, given, known)
  local chosen = {}
  for i = 1, #known do
    local name, value = known[i].name, rawget(given, known[i].name)
    if value ~= nil and not known[i].check(value) then
      arguments.wrong(verb, name, known[i].wanted, value, known[i].hint)
    end
    chosen[name] = value ~= nil and known[i].convert and known[i].convert(value) or value
  end
  return chosen
end

-- Returns an option that a verb knows: what it must be in words, and as a check.
function arguments.option(name, wanted, check, hint)
  return { name = name, wanted = wanted, check = check, hint = hint }
end

function arguments.is_any() return true end

function arguments.is_string(value) return type(value) == "string" end

-- Returns a positive integer, also of a float such as `n / 2` that is one; nil where there is none.
function arguments.count_of(value)
  local count = type(value) == "number" and tointeger(value)
  return count and count > 0 and count or nil
end

local option, is_any, is_string = arguments.option, arguments.is_any, arguments.is_string

-- Returns an option that counts something.
local function counter(name)
  return { name = name, wanted = "a positive integer", check = arguments.count_of, convert = arguments.count_of }
end

arguments.NAME = "a text of 1 to 200 bytes"
arguments.KINDS = "a list of at least one kind of errors"

-- Whether something may name a step or a map.
function arguments.is_name(value)
  return type(value) == "string" and value ~= "" and #value <= 200 and utf8len(value) ~= nil
end

local LIMIT = counter("limit")
local ON_ERROR = option("on_error", '"stop" or "keep"', function(value) return value == "stop" or value == "keep" end)
arguments.OF_MAP = { LIMIT, option("name", arguments.NAME, arguments.is_name), ON_ERROR }
arguments.OF_PARALLEL = { LIMIT, ON_ERROR }
arguments.OF_RETRY = {
  counter("times"),
  option("wait", "a duration", is_any), -- `check_duration` says more of these two
  option("on", arguments.KINDS, function(value)
    return type(value) == "table" and rawlen(value) > 0
  end),
  option("max_wait", "a duration", is_any),
  option("factor", "a number of at least 1", function(value)
    return type(value) == "number" and value >= 1 and value < huge
  end),
}
arguments.OF_FAIL = {
  option("kind", "one of the kinds of errors", function(value) return faults.kinds[value] end, faults.KINDS),
  option("hint", "a string", is_string),
}
arguments.OF_DECODE = { option("big", '"error", "string" or "float"', function(value)
  return value == "error" or value == "string" or value == "float"
end) }
arguments.OF_ENCODE = { option("pretty", "a boolean", function(value) return type(value) == "boolean" end) }

local SECONDS = { d = 86400, h = 3600, m = 60, s = 1, ms = 0.001 }
local LONGEST = 3650 * 86400

-- Returns the seconds of a text such as "1h30m", or nil.
local function seconds_in(text)
  if #text > 100 then return nil end
  if find(text, "^%d+$") or find(text, "^%d+%.%d+$") then return tonumber(text) end
  local total, least, at = 0, huge, 1
  for first, count, unit, past in gmatch(text, "()(%d+%.?%d*)(%a+)()") do
    local span = SECONDS[unit]
    if first ~= at or not span or span >= least or find(count, "%.$") then return nil end
    total, least, at = total + tonumber(count) * span, span, past
  end
  return at > 1 and at > #text and total or nil
end

-- Returns the seconds of a duration. A wrong one is refused here, where no op of the host would: what is timed may end
-- at once.
function arguments.check_duration(verb, duration, parameter)
  local kind = type(duration)
  local seconds = kind == "number" and duration or kind == "string" and seconds_in(duration)
  parameter = parameter or "duration"
  if not seconds or seconds ~= seconds then
    arguments.wrong(verb, parameter, 'seconds or a text such as "30s", "5m", "24h"', duration)
  end
  if seconds < 0 or seconds > LONGEST then arguments.wrong(verb, parameter, "from 0 to 3650 days", duration) end
  return seconds
end

return arguments
