-- What a test file has beside the verbs: `test`, which notes a test, and `check`, which compares; and how they run.

local guest = ...
local writer, faults, fibers, calls, arguments = guest.writer, guest.faults, guest.fibers, guest.calls, guest.arguments

local find, format, match, sub = string.find, string.format, string.match, string.sub
local metatable = debug.getmetatable
local error, next, pcall, rawequal, rawget, rawlen = error, next, pcall, rawequal, rawget, rawlen
local tostring, type, xpcall = tostring, type, xpcall

local LONGEST = 64 * 1024 -- bytes of a value that a failed check shows
local SHORT = 60

local trial = {}

local tests = {} -- { name, fn, line }
local tell -- the op that tells the host what a check has compared
local told = 0

-- ---------------------------------------------------------------------------------------------------------------
-- Comparing

local is_equal

local function holds_all(left, right, seen)
  for key, value in next, left do
    if not is_equal(value, rawget(right, key), seen) then return false end
  end
  return true
end

-- What is inside a typed value, or the table itself; nothing where a table has no data to compare.
local function inside(value)
  local opener = writer.opens[metatable(value)]
  if not opener then return value end
  return (opener(value))
end

function is_equal(left, right, seen)
  if rawequal(left, right) or left == right then return true end
  if left ~= left then return right ~= right end
  if type(left) == "string" or type(right) == "string" then
    local first, second = arguments.spoken(left), arguments.spoken(right)
    return type(first) == "string" and first == second
  end
  if type(left) ~= "table" or type(right) ~= "table" then return false end
  if rawequal(left, writer.null) or rawequal(right, writer.null) then return false end
  left, right = inside(left), inside(right)
  if not left or not right then return false end
  if seen[left] == right then return true end
  seen[left] = right
  return holds_all(left, right, seen) and holds_all(right, left, seen)
end

local function contains_text(whole, part)
  part = arguments.spoken(part)
  if type(part) ~= "string" then arguments.wrong("check.contains", "part", "a string", part) end
  return find(whole, part, 1, true) ~= nil
end

local function contains(whole, part)
  whole = arguments.spoken(whole)
  if type(whole) == "string" then return contains_text(whole, part) end
  if type(whole) ~= "table" or rawequal(whole, writer.null) then
    arguments.wrong("check.contains", "whole", "a text, a list or a map", whole)
  end
  whole = inside(whole) or whole
  if rawlen(whole) == 0 and next(whole) ~= nil then
    if type(part) ~= "table" then arguments.wrong("check.contains", "part", "a map", part) end
    return holds_all(part, whole, {})
  end
  for i = 1, #whole do
    if is_equal(whole[i], part, {}) then return true end
  end
  return false
end

-- ---------------------------------------------------------------------------------------------------------------
-- What has failed

-- A value as the host is told of it: JSON, or what a person is told where it is no data.
local function written(value)
  local ok, text = pcall(writer.encode, value)
  if not ok then text = writer.encode(writer.valid(faults.shown(value))) end
  if #text > LONGEST then text = writer.valid(sub(text, 1, LONGEST)) .. "…" end
  return text
end

local function quoted(value)
  local text = written(value)
  return #text <= SHORT and text or nil
end

-- Raises that two values do not fit, and tells the host of both.
local function differ(verb, relation, expected, actual)
  told = told + 1
  calls.notify(tell, nil, told, written(expected), written(actual))
  local first, second = quoted(expected), quoted(actual)
  local message = format("`check.%s`: %s", verb, relation)
  if first and second then
    message = format("`check.%s`: expected %s%s, got %s", verb, verb == "equal" and "" or relation .. " ", first, second)
  end
  faults.raise({ kind = "script", message = message, data = { check = verb, told = told } })
end

local function failed(verb, message)
  faults.raise({ kind = "script", message = format("`check.%s`: %s", verb, message), data = { check = verb } })
end

-- ---------------------------------------------------------------------------------------------------------------
-- Checks

local check = {}

function check.ok(value, message)
  if value and not rawequal(value, writer.null) then return end
  failed("ok", message and arguments.text_of("check.ok", "message", message) or "got " .. faults.shown(value))
end

function check.equal(actual, expected)
  if not is_equal(actual, expected, {}) then differ("equal", "the values differ", expected, actual) end
end

function check.contains(whole, part)
  if not contains(whole, part) then differ("contains", "something with", part, whole) end
end

function check.matches(text, pattern)
  text = arguments.text_of("check.matches", "text", text)
  if type(pattern) ~= "string" then arguments.wrong("check.matches", "pattern", "a pattern of Lua", pattern) end
  local ok, found = pcall(match, text, pattern)
  if not ok then arguments.wrong("check.matches", "pattern", "a pattern of Lua", pattern) end
  if not found then differ("matches", "a text that matches", pattern, text) end
end

local RAISES = {
  arguments.option("kind", "one of the kinds of errors", function(value) return faults.kinds[value] end, faults.KINDS),
  arguments.option("message", "a string", arguments.is_string),
}

local function caught(thrown)
  return faults.of(thrown, faults.places())
end

function check.raises(fn, expected)
  fibers.check()
  expected = arguments.options("check.raises", expected, RAISES)
  local ok, value = xpcall(arguments.callable("check.raises", "fn", fn), caught)
  if ok then failed("raises", "nothing was raised; the function returned " .. faults.shown(value)) end
  if fibers.current().cancelled then error(value, 0) end
  local fault = faults.of(value)
  if expected.kind and fault.kind ~= expected.kind then
    differ("raises", "an error of the kind", expected.kind, format("%s: %s", fault.kind, tostring(fault)))
  end
  if expected.message and not find(tostring(fault), expected.message, 1, true) then
    differ("raises", "an error whose message has", expected.message, tostring(fault))
  end
  return fault
end

for name, parameters in next, {
  ok = "value, message", equal = "actual, expected", contains = "whole, part", matches = "text, pattern",
  raises = "fn, expected",
} do
  check[name] = arguments.bounded("check." .. name, parameters, check[name])
end

-- ---------------------------------------------------------------------------------------------------------------
-- Tests

local function test(name, fn)
  if not arguments.is_name(name) then arguments.wrong("test", "name", arguments.NAME, name) end
  for i = 1, #tests do
    if rawequal(tests[i].name, name) then
      local message = format("this file has a test %s already", faults.shown(name))
      faults.raise({ kind = "args", message = message, hint = "tests are told apart by their names" })
    end
  end
  local line = faults.line(1)
  tests[#tests + 1] = { name = name, fn = arguments.callable("test", "fn", fn), line = line or 0 }
end

-- Gives a test file its globals.
function trial.offer(noun, globals, ops)
  tell = ops._differ
  globals.test = arguments.bounded("test", "name, fn", test)
  globals.check = noun("check", check)
  trial.op = ops._trial
end

-- Runs the tests, one after the other, each when the host asks for it; behind the body of the file.
function trial.run()
  for i = 1, #tests do
    if calls.call(trial.op, tests[i].name, tests[i].fn, tests[i].line, #tests - i) then return end
  end
end

return trial
