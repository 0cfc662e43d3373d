-- How data is read: msgpack from the host, JSON from a spell.

local guest = ...
local null, lists = guest.writer.null, guest.writer.lists

local byte, char, find, format, gsub = string.byte, string.char, string.find, string.format, string.gsub
local match, sub, sunpack = string.match, string.sub, string.unpack
local concat = table.concat
local huge, mathtype = math.huge, math.type
local charpattern, utf8char, utf8len = utf8.charpattern, utf8.char, utf8.len
local error, next, rawequal, tonumber, type = error, next, rawequal, tonumber, type

local MAX_DEPTH = 64

-- ---------------------------------------------------------------------------------------------------------------
-- msgpack

local data, read

local function read_text(at, n)
  return sub(data, at, at + n - 1), at + n
end

local function read_list(at, n)
  local list = {}
  if n == 0 then lists[list] = true end
  for i = 1, n do
    local value
    value, at = read(at)
    if value == nil then value = null end
    list[i] = value
  end
  return list, at
end

local function read_map(at, n)
  local map = {}
  for _ = 1, n do
    local key, value
    key, at = read(at)
    value, at = read(at)
    if value == nil then value = null end
    map[key] = value
  end
  return map, at
end

local BEYOND = {} -- what stands for an integer that Lua cannot hold
local is_suspect -- whether what was read last has one

local function read_unsigned(at)
  local n = sunpack(">i8", data, at)
  if n >= 0 then return n, at + 8 end
  is_suspect = true
  return BEYOND, at + 8
end

local function sized(format_, reader)
  return function(at)
    local n, after = sunpack(format_, data, at)
    return reader(after, n)
  end
end

local function plainly(format_)
  return function(at) return sunpack(format_, data, at) end
end

local readers = {
  [0xc0] = function(at) return nil, at end,
  [0xc2] = function(at) return false, at end,
  [0xc3] = function(at) return true, at end,
  [0xc4] = plainly(">s1"), [0xc5] = plainly(">s2"), [0xc6] = plainly(">s4"),
  [0xca] = plainly(">f"), [0xcb] = plainly(">d"),
  [0xcc] = plainly(">B"), [0xcd] = plainly(">I2"), [0xce] = plainly(">I4"), [0xcf] = read_unsigned,
  [0xd0] = plainly(">i1"), [0xd1] = plainly(">i2"), [0xd2] = plainly(">i4"), [0xd3] = plainly(">i8"),
  [0xd9] = plainly(">s1"), [0xda] = plainly(">s2"), [0xdb] = plainly(">s4"),
  [0xdc] = sized(">I2", read_list), [0xdd] = sized(">I4", read_list),
  [0xde] = sized(">I2", read_map), [0xdf] = sized(">I4", read_map),
}

function read(at)
  local first = byte(data, at)
  at = at + 1
  if first < 0x80 then return first, at end
  if first >= 0xe0 then return first - 0x100, at end
  if first >= 0xc0 then return readers[first](at) end
  if first >= 0xa0 then return read_text(at, first - 0xa0) end
  if first >= 0x90 then return read_list(at, first - 0x90) end
  return read_map(at, first - 0x80)
end

-- Returns the messages of a frame.
local function unpack_frame(bytes)
  data, is_suspect = bytes, false
  local messages = read(1)
  data = nil
  return messages
end

local function has_beyond(value)
  if type(value) ~= "table" then return false end
  for _, part in next, value do
    if rawequal(part, BEYOND) or has_beyond(part) then return true end
  end
  return false
end

-- Whether a message of the last frame has an integer that Lua cannot hold.
local function is_beyond(message)
  return is_suspect and has_beyond(message)
end

-- ---------------------------------------------------------------------------------------------------------------
-- JSON

local json, big -- the text, and what becomes of an integer that does not fit
local parse_value

local BIG_HINT = 'Json.decode(text, {big = "string"}) keeps its digits, {big = "float"} rounds it'

-- Raises what is wrong, with its line and column.
local function malformed(problem, at, hint)
  local before = sub(json, 1, at - 1)
  local _, lines = gsub(before, "\n", "")
  local column = utf8len(match(before, "[^\n]*$")) + 1
  error({ problem = format("%s at line %d, column %d", problem, lines + 1, column), hint = hint }, 0)
end

-- The position of the next character that is not white space, and that character's code; nil at the end.
local function token(at)
  at = find(json, "[^ \t\r\n]", at) or #json + 1
  return at, byte(json, at)
end

local function unexpected(at)
  local first = match(json, "^" .. charpattern, at)
  malformed(first and format("unexpected `%s`", first) or "unexpected end", at)
end

local function expect(text, value, at)
  if sub(json, at, at + #text - 1) ~= text then unexpected(at) end
  return value, at + #text
end

local ESCAPES = {
  ['"'] = '"', ["\\"] = "\\", ["/"] = "/", b = "\b", f = "\f", n = "\n", r = "\r", t = "\t",
}

-- Reads what follows `\u` at a position: a character, or two halves of one.
local function unicode(at)
  local code = tonumber(match(json, "^%x%x%x%x", at) or malformed("`\\u` needs four hexadecimal digits", at), 16)
  if code < 0xd800 or code > 0xdfff then return utf8char(code), at + 4 end
  local low = code < 0xdc00 and tonumber(match(json, "^\\u(%x%x%x%x)", at + 4) or "0", 16) or 0
  if low < 0xdc00 or low > 0xdfff then malformed("a lone surrogate is not data", at) end
  return utf8char(0x10000 + (code - 0xd800) * 0x400 + low - 0xdc00), at + 10
end

local function escape(at)
  local letter = sub(json, at, at)
  if letter == "u" then return unicode(at + 1) end
  return ESCAPES[letter] or malformed("an unknown escape", at), at + 1
end

-- Reads a string; its opening quote is before `at`.
local function parse_string(at)
  local parts = {}
  while true do
    local stop = find(json, '["\\\0-\31]', at)
    if not stop then malformed("a string without an end", #json + 1) end
    parts[#parts + 1] = sub(json, at, stop - 1)
    local code = byte(json, stop)
    if code == 0x22 then return #parts == 1 and parts[1] or concat(parts), stop + 1 end
    if code ~= 0x5c then malformed("a control character in a string", stop) end
    parts[#parts + 1], at = escape(stop + 1)
  end
end

local NUMBERS = { "^-?%d+$", "^-?%d+%.%d+$", "^-?%d+[eE][+-]?%d+$", "^-?%d+%.%d+[eE][+-]?%d+$" }

local function is_number(text)
  if find(text, "^-?0%d") then return false end
  for i = 1, #NUMBERS do
    if find(text, NUMBERS[i]) then return true end
  end
  return false
end

-- An integer of more than 64 bits, which Lua itself would make a float.
local function parse_big(text, number, at)
  if big == "string" then return text end
  if big == "float" then return number end
  local digits = #text > 40 and sub(text, 1, 40) .. "…" or text
  malformed(format("the integer %s is beyond 2^63 - 1", digits), at, BIG_HINT)
end

local function parse_number(at)
  local text = match(json, "^[-+.%deE]+", at)
  if not text or not is_number(text) then unexpected(at) end
  local number = tonumber(text)
  if mathtype(number) == "float" and find(text, "^-?%d+$") then number = parse_big(text, number, at) end
  if number == huge or number == -huge then malformed("a number that is too large", at) end
  return number, at + #text
end

local function parse_list(at, depth)
  local list, n, code = {}, 0, nil
  at, code = token(at)
  if code == 0x5d then
    lists[list] = true
    return list, at + 1
  end
  while true do
    local value
    value, at = parse_value(at, depth)
    if value == nil then value = null end
    n = n + 1
    list[n] = value
    at, code = token(at)
    if code == 0x5d then return list, at + 1 end
    if code ~= 0x2c then unexpected(at) end
    at = at + 1
  end
end

local function parse_key(at)
  local code, key
  at, code = token(at)
  if code ~= 0x22 then unexpected(at) end
  key, at = parse_string(at + 1)
  at, code = token(at)
  if code ~= 0x3a then unexpected(at) end
  return key, at + 1
end

local function parse_map(at, depth)
  local map, code = {}, nil
  at, code = token(at)
  if code == 0x7d then return map, at + 1 end
  while true do
    local key, value
    key, at = parse_key(at)
    value, at = parse_value(at, depth)
    if value == nil then value = null end
    map[key] = value
    at, code = token(at)
    if code == 0x7d then return map, at + 1 end
    if code ~= 0x2c then unexpected(at) end
    at = at + 1
  end
end

function parse_value(at, depth)
  local code
  at, code = token(at)
  if code == 0x22 then return parse_string(at + 1) end
  if code == 0x7b or code == 0x5b then
    if depth == MAX_DEPTH then malformed(format("more than %d levels are not data", MAX_DEPTH), at) end
    return (code == 0x7b and parse_map or parse_list)(at + 1, depth + 1)
  end
  if code == 0x74 then return expect("true", true, at) end
  if code == 0x66 then return expect("false", false, at) end
  if code == 0x6e then return expect("null", nil, at) end
  return parse_number(at)
end

-- Returns the value of a JSON text; null is `Json.null` inside it, and nil when it is the whole. `on_big` says what
-- becomes of an integer of more than 64 bits: "error", "string" or "float".
local function decode(text, on_big)
  json, big = text, on_big
  local valid, bad = utf8len(text)
  if not valid then malformed("text that is not valid UTF-8", bad) end
  local value, at = parse_value(1, 0)
  at = token(at)
  if at <= #json then unexpected(at) end
  json = nil
  return value
end

return { unpack = unpack_frame, is_beyond = is_beyond, decode = decode }
