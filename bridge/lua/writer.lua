-- What counts as data, and how it is written: msgpack for the host, JSON for people.
-- Nothing here runs code of a spell: tables are read raw, and no method is looked up on a string.

local guest = ...

local byte, char, find, format, rep, sub = string.byte, string.char, string.find, string.format, string.rep, string.sub
local gsub, spack = string.gsub, string.pack
local concat, sort, unpack = table.concat, table.sort, table.unpack
local mathtype, huge = math.type, math.huge
local utf8len = utf8.len
local error, metatable, next, rawequal, rawget = error, debug.getmetatable, next, rawequal, rawget
local rawlen, select, setmetatable, tonumber, type = rawlen, select, setmetatable, tonumber, type

local MAX_DEPTH = 64

local function locked()
  error("`Json.null` cannot be changed", 2)
end

local null = setmetatable({}, {
  __metatable = false,
  __newindex = locked,
  __tostring = function() return "null" end,
})

-- Tables that are lists even while they are empty.
local lists = setmetatable({}, guest.weak)

-- How the prelude's own objects are opened: metatable -> function(object) -> plain, tag, value, noun.
-- `plain` is the table to write, with a tag if there is one. Without it a tag stands alone, among the arguments of a
-- call; anywhere else, and without a tag, `noun` says what it is that is not data.
local opens = {}

-- How typed values are made again: the name of a type -> function(fields).
local makes = {}

-- The fields of typed values that are bytes: the name of a type -> the name of a field -> true.
local binary_fields = {}

-- ---------------------------------------------------------------------------------------------------------------
-- What is data

local path, stack, depth = {}, {}, 0 -- of the value that is being written
local argument -- its number among the arguments of a call

-- Raises what is wrong and where: the number of the argument, and the keys that lead to the part of it.
local function refuse(problem)
  error({ problem = problem, argument = argument, path = { unpack(path, 1, depth) } }, 0)
end

local function begin()
  path, stack, depth, argument = {}, {}, 0, nil
end

local function too_deep()
  local seen = {}
  for level = 1, depth do
    if seen[stack[level]] then
      depth = level - 1
      refuse("a table that contains itself is not data")
    end
    seen[stack[level]] = true
  end
  refuse(format("more than %d levels of tables are not data", MAX_DEPTH))
end

local function enter(t)
  depth = depth + 1
  path[depth] = nil
  stack[depth] = t
  if depth > MAX_DEPTH then too_deep() end
end

local function neither()
  refuse("a table must be a list with the keys 1 to n or a map with string keys")
end

-- The length of a list; nil for a map.
local function length(t)
  local n = rawlen(t)
  if n == 0 then
    return next(t) == nil and lists[t] and 0 or nil
  end
  local count = 0
  for _ in next, t do count = count + 1 end
  if count ~= n then neither() end
  return n
end

local function item(t, i)
  local value = rawget(t, i)
  if value == nil then neither() end
  return value
end

-- The keys of a map in their order: the same map is always written in the same way.
local function keys(t)
  local found, n = {}, 0
  for key in next, t do
    if type(key) ~= "string" then neither() end
    n = n + 1
    found[n] = key
  end
  if n > 1 then sort(found) end
  return found, n
end

local function checked(text)
  if not utf8len(text) then refuse("a string that is not valid UTF-8 is not data") end
  return text
end

local function finite(number)
  if number ~= number then refuse("NaN is not data") end
  if number == huge or number == -huge then refuse("an infinite number is not data") end
  return number
end

local function not_data(value)
  local kind = type(value)
  refuse((kind == "thread" and "a coroutine" or kind == "function" and "a function" or kind) .. " is not data")
end

-- ---------------------------------------------------------------------------------------------------------------
-- msgpack

local buffer, size, number_of
local binary, with_bytes -- whether the arguments may be bytes, and whether what stands in one of them may
local write

local function put(bytes)
  size = size + 1
  buffer[size] = bytes
end

local function integer(n)
  if n >= 0 then
    if n < 0x80 then return char(n) end
    if n < 0x100 then return char(0xcc, n) end
    if n < 0x10000 then return spack(">BI2", 0xcd, n) end
    if n < 0x100000000 then return spack(">BI4", 0xce, n) end
    return spack(">Bi8", 0xd3, n)
  end
  if n >= -0x20 then return char(n + 0x100) end
  if n >= -0x80 then return spack(">Bi1", 0xd0, n) end
  if n >= -0x8000 then return spack(">Bi2", 0xd1, n) end
  if n >= -0x80000000 then return spack(">Bi4", 0xd2, n) end
  return spack(">Bi8", 0xd3, n)
end

local function header(n, fixed, wide)
  if n < 16 then return char(fixed + n) end
  if n < 0x10000 then return spack(">BI2", wide, n) end
  return spack(">BI4", wide + 1, n)
end

local function text(s)
  local n = #s
  if n < 32 then return char(0xa0 + n) .. s end
  if n < 0x100 then return spack(">Bs1", 0xd9, s) end
  if n < 0x10000 then return spack(">Bs2", 0xda, s) end
  return spack(">Bs4", 0xdb, s)
end

local function bytes(s)
  local n = #s
  if n < 0x100 then return spack(">Bs1", 0xc4, s) end
  if n < 0x10000 then return spack(">Bs2", 0xc5, s) end
  return spack(">Bs4", 0xc6, s)
end

-- A string is text, and bytes where it is not and an op takes bytes: as an argument, or as one of its options.
local function write_string(s)
  if binary and (depth == 0 or depth == 1 and with_bytes) and not utf8len(s) then return put(bytes(s)) end
  put(text(checked(s)))
end

-- A key of the script's own that looks like a tag gets one more `$`.
local function write_key(key)
  put(text(checked(byte(key) == 0x24 and "$" .. key or key)))
end

local function write_tag(tag, value)
  put(header(1, 0x80, 0xde))
  put(text(tag))
  put(type(value) == "string" and text(value) or integer(value))
end

local function write_list(t, n)
  if depth == 1 then with_bytes = false end
  put(header(n, 0x90, 0xdc))
  for i = 1, n do
    path[depth] = i
    write(item(t, i))
  end
end

local function write_map(t, tag, name)
  local found, n = keys(t)
  local raw = tag and binary_fields[name]
  if depth == 1 then with_bytes = not tag end
  put(header(tag and n + 1 or n, 0x80, 0xde))
  if tag then
    put(text(tag))
    put(text(name))
  end
  for i = 1, n do
    local key = found[i]
    path[depth] = key
    write_key(key)
    if raw and raw[key] and type(t[key]) == "string" then put(bytes(t[key])) else write(t[key]) end
  end
end

local function open(t)
  local opener = opens[metatable(t)]
  if opener then return opener(t) end
  return t
end

local function write_table(t)
  if rawequal(t, null) then return put("\xc0") end
  local plain, tag, name, noun = open(t)
  if not plain then
    if tag and number_of then return write_tag(tag, name) end
    refuse(noun .. " is not data")
  end
  enter(plain)
  local n = length(plain)
  if n and not tag then write_list(plain, n) else write_map(plain, tag, name) end
  depth = depth - 1
end

function write(value)
  local kind = type(value)
  if kind == "string" then
    write_string(value)
  elseif kind == "number" then
    put(mathtype(value) == "integer" and integer(value) or spack(">Bd", 0xcb, finite(value)))
  elseif kind == "table" then
    write_table(value)
  elseif kind == "boolean" then
    put(value and "\xc3" or "\xc2")
  elseif kind == "nil" then
    put("\xc0")
  elseif kind == "function" and number_of then
    write_tag("$function", number_of(value))
  else
    not_data(value)
  end
end

-- Returns data as msgpack.
local function pack(value)
  begin()
  buffer, size, number_of, binary = {}, 0, nil, false
  write(value)
  return concat(buffer)
end

-- Returns the arguments of a call as msgpack; `number` gives a function its number, `raw` lets strings be bytes.
local function pack_arguments(arguments, n, number, raw)
  begin()
  buffer, size, number_of, binary = {}, 0, number, raw
  put(header(n, 0x90, 0xdc))
  for i = 1, n do
    argument = i
    write(arguments[i])
  end
  return concat(buffer)
end

-- Returns a message of parts that are packed already.
local function message(kind, ...)
  return concat({ char(0x91 + select("#", ...), 0xa1), kind, ... })
end

-- Returns the frame of the first n messages, and of one more if there is one.
local function batch(messages, n, more)
  return header(more and n + 1 or n, 0x90, 0xdc) .. concat(messages, "", 1, n) .. (more or "")
end

-- ---------------------------------------------------------------------------------------------------------------
-- JSON

local ESCAPES = {
  ['"'] = '\\"', ["\\"] = "\\\\", ["\b"] = "\\b", ["\f"] = "\\f", ["\n"] = "\\n", ["\r"] = "\\r", ["\t"] = "\\t",
}
local indent -- whether each item gets a line of its own

local function quoted(s)
  return '"' .. gsub(checked(s), '[\0-\31"\\]', function(c)
    return ESCAPES[c] or format("\\u%04x", byte(c))
  end) .. '"'
end

-- The shortest text that is the same number again, and that stays a float.
local function decimal(number)
  local written
  for digits = 15, 17 do
    written = format("%." .. digits .. "g", finite(number))
    if tonumber(written) == number then break end
  end
  return find(written, "[.e]") and written or written .. ".0"
end

local function between(first, opening)
  if indent then return (first and opening or ",") .. "\n" .. rep("  ", depth) end
  return first and opening or ","
end

local function close(n, opening, closing)
  depth = depth - 1
  if n == 0 then return put(opening .. closing) end
  put(indent and "\n" .. rep("  ", depth) .. closing or closing)
end

local encode_value

local function encode_list(t, n)
  for i = 1, n do
    path[depth] = i
    put(between(i == 1, "["))
    encode_value(item(t, i))
  end
  close(n, "[", "]")
end

local function encode_map(t)
  local found, n = keys(t)
  for i = 1, n do
    local key = found[i]
    path[depth] = key
    put(between(i == 1, "{") .. quoted(key) .. (indent and ": " or ":"))
    encode_value(t[key])
  end
  close(n, "{", "}")
end

local function encode_table(t)
  if rawequal(t, null) then return put("null") end
  local plain, tag, _, noun = open(t)
  if not plain then refuse(noun .. " is not data") end
  enter(plain)
  local n = length(plain)
  if n and not tag then encode_list(plain, n) else encode_map(plain) end
end

function encode_value(value)
  local kind = type(value)
  if kind == "string" then
    put(quoted(value))
  elseif kind == "table" then
    encode_table(value)
  elseif kind == "number" then
    put(mathtype(value) == "integer" and format("%d", value) or decimal(value))
  elseif kind == "boolean" or kind == "nil" then
    put(kind == "nil" and "null" or value and "true" or "false")
  else
    not_data(value)
  end
end

-- Returns data as JSON, with the keys of maps in order.
local function encode(value, pretty)
  begin()
  buffer, size, indent = {}, 0, pretty
  encode_value(value)
  return concat(buffer)
end

-- Returns text as valid UTF-8: what is not becomes the replacement character.
local function valid(s)
  if utf8len(s) then return s end
  local parts, at = {}, 1
  while true do
    local good, bad = utf8len(s, at)
    if good then break end
    parts[#parts + 1] = sub(s, at, bad - 1) .. "\u{FFFD}"
    at = bad + 1
  end
  return concat(parts) .. sub(s, at)
end

return {
  null = null, lists = lists, opens = opens, makes = makes, binary_fields = binary_fields,
  integer = integer, text = text, pack = pack, pack_arguments = pack_arguments, message = message, batch = batch,
  encode = encode, valid = valid,
}
