-- Open files, as Lua's own library has them, over ops of the host: only where a spell may read and write everything.

local guest = ...
local faults, calls, arguments, opens = guest.faults, guest.calls, guest.arguments, guest.writer.opens

local find, format, match, rep, sub = string.find, string.format, string.match, string.rep, string.sub
local concat, sort, unpack = table.concat, table.sort, table.unpack
local max, mathtype, tointeger = math.max, math.type, math.tointeger
local metatable = debug.getmetatable
local error, ipairs, next, pcall, rawequal, select = error, ipairs, next, pcall, rawequal, select
local setmetatable, tonumber, tostring, type = setmetatable, tonumber, tostring, type

local PIECE = 64 * 1024 -- bytes that are read or written by one call
local INVALID = 22 -- what the system calls an argument that makes no sense
local BAD_DESCRIPTOR = 9

local files = { ops = {} }

local states = setmetatable({}, guest.weak) -- file -> its state
local unsaved = {} -- states whose text is not all written
local made = 0 -- states so far
local FILE = { __name = "FILE*", __metatable = false, __index = {} }
local methods = FILE.__index

opens[FILE] = function() return nil, nil, nil, "a file" end

-- ---------------------------------------------------------------------------------------------------------------
-- Calls

-- Calls an op; what the system refuses is returned as Lua does: nil, a message, a number.
function files.try(path, op, ...)
  local ok, result = pcall(calls.call, files.ops[op], ...)
  if ok then return result == nil and true or result end
  local data = faults.is(result) and result.data
  if type(data) ~= "table" or not data.errno then error(result, 0) end
  return nil, format("%s: %s", path, data.reason), data.errno
end

-- ---------------------------------------------------------------------------------------------------------------
-- What is written

-- Writes what a state holds back; returns true, or what `try` returns.
local function save(state)
  unsaved[state] = nil
  if state.whole then
    if not state.dirty or not state.path then return true end
    state.dirty = false
    return files.try(state.path, "Fs.write", state.path, state.data)
  end
  local text = concat(state.out)
  state.out, state.size = {}, 0
  for at = 1, #text, PIECE do
    local ok, problem, number = files.try(state.path, "Fs.append", state.path, sub(text, at, at + PIECE - 1))
    if not ok then return nil, problem, number end
  end
  return true
end

-- Writes into what is held as a whole.
local function insert(state, text)
  local at = state.append and #state.data + 1 or state.at
  local before = sub(state.data, 1, at - 1)
  before = before .. rep("\0", at - 1 - #before)
  state.data = before .. text .. sub(state.data, at + #text)
  state.at, state.dirty, unsaved[state] = at + #text, true, true
  return true
end

local function put(state, text)
  if state.print then return calls.print(text, state.print) or true end
  if text == "" then return true end
  if not state.writes then return nil, "Bad file descriptor", BAD_DESCRIPTOR end
  if state.whole then return insert(state, text) end
  state.out[#state.out + 1], state.place = text, nil
  state.size, unsaved[state] = state.size + #text, true
  local due = state.size >= PIECE or state.buffering == "no"
  if due or state.buffering == "line" and find(text, "\n", 1, true) then return save(state) end
  return true
end

local function is_older(left, right)
  return left.number < right.number
end

-- Writes all that is held back: the run ends, well or not. What cannot be written then is lost.
function files.finish()
  local held = {}
  for state in next, unsaved do held[#held + 1] = state end
  sort(held, is_older)
  for i = 1, #held do
    if not pcall(save, held[i]) then return end
  end
end

-- ---------------------------------------------------------------------------------------------------------------
-- What is read

-- Reads a piece more; false at the end.
local function fill(state)
  if state.ended then return false end
  local piece, problem, number = files.try(state.path, "Fs.bytes", state.path, { offset = state.next, length = PIECE })
  if not piece then
    state.problem = { problem, number }
    return false
  end
  state.data, state.at = sub(state.data, state.at) .. piece, 1
  state.next, state.ended = state.next + #piece, #piece < PIECE
  return #piece > 0
end

local function left(state)
  return #state.data - state.at + 1
end

local function read_line(state, keeps)
  local from = state.at
  while true do
    local stop = find(state.data, "\n", from, true)
    if stop then
      local line = sub(state.data, state.at, keeps and stop or stop - 1)
      state.at = stop + 1
      return line
    end
    local seen = left(state)
    if not fill(state) then break end
    from = seen + 1
  end
  if left(state) <= 0 then return nil end
  local line = sub(state.data, state.at)
  state.at = #state.data + 1
  return line
end

local function read_all(state)
  local parts = { sub(state.data, state.at) }
  while not state.ended do
    state.data, state.at = "", 1
    if not fill(state) then break end
    parts[#parts + 1] = state.data
  end
  state.at = max(state.at, #state.data + 1)
  return concat(parts)
end

local function read_count(state, count)
  while left(state) < max(count, 1) and fill(state) do end
  if left(state) <= 0 then return nil end
  local text = sub(state.data, state.at, state.at + count - 1)
  state.at = state.at + #text
  return text
end

-- The length of the longest start of a text that could be a numeral.
local function numeral(text)
  local at = match(text, "^[-+]?()")
  local hexadecimal = match(text, "^0[xX]()", at)
  local digits = hexadecimal and "^%x*()" or "^%d*()"
  local start = hexadecimal or at
  at = match(text, digits, start)
  local count = at - start
  if sub(text, at, at) == "." then
    local after = match(text, digits, at + 1)
    count, at = count + after - at - 1, after
  end
  local power = count > 0 and match(text, hexadecimal and "^[pP][-+]?%d*()" or "^[eE][-+]?%d*()", at)
  return (power or at) - 1
end

local function read_number(state)
  repeat
    state.at = match(state.data, "^%s*()", state.at) or state.at
  until left(state) > 0 or not fill(state)
  while left(state) < 200 and fill(state) do end
  local size = numeral(sub(state.data, state.at, state.at + 199))
  local text = sub(state.data, state.at, state.at + size - 1)
  state.at = state.at + size
  return tonumber(text)
end

local READERS = {
  l = read_line, a = read_all, n = read_number,
  L = function(state) return read_line(state, true) end,
}

local function reader(verb, form)
  if mathtype(form) then
    local count = tointeger(form) or -1
    if count < 0 then arguments.wrong(verb, "format", "a number of bytes", form) end
    return function(state) return read_count(state, count) end
  end
  local letter = type(form) == "string" and match(form, "^%*?(%a)")
  return READERS[letter] or arguments.wrong(verb, "format", '"l", "L", "n", "a" or a number of bytes', form)
end

-- Reads by the formats given, up to the first that finds nothing.
local function take(verb, state, ...)
  if not state.reads then return nil, "Bad file descriptor", BAD_DESCRIPTOR end
  local count = select("#", ...)
  local forms, found = count == 0 and { "l" } or { ... }, {}
  state.problem = nil
  for i = 1, max(count, 1) do
    found[i] = reader(verb, forms[i])(state)
    if found[i] == nil then
      if state.problem then return nil, unpack(state.problem) end
      return unpack(found, 1, i)
    end
  end
  return unpack(found, 1, max(count, 1))
end

-- ---------------------------------------------------------------------------------------------------------------
-- Opening

-- Makes a file of a state.
function files.new(state)
  state.data, state.at, state.next = state.data or "", 1, 0
  state.out, state.size, made = {}, 0, made + 1
  state.number = made
  local file = setmetatable({}, FILE)
  states[file] = state
  return file
end

-- Reads the whole of a file into a state.
local function hold(state)
  state.whole, state.ended, state.reads = false, false, true
  local data = read_all(state)
  state.whole, state.ended, state.data, state.at = true, true, data, 1
end

-- Opens a file; returns it, or what `try` returns.
function files.open(path, mode)
  local kind, plus = match(mode, "^([rwa])(%+?)")
  plus = plus == "+"
  local state = { path = path, reads = kind == "r" or plus, writes = kind ~= "r" or plus, append = kind == "a" }
  local file = files.new(state)
  if kind ~= "r" then
    local ok, problem, number = files.try(path, kind == "w" and "Fs.write" or "Fs.append", path, "")
    if not ok then return nil, problem, number end
  end
  if plus then hold(state) elseif kind == "r" then fill(state) end
  if state.problem then return nil, unpack(state.problem) end
  return file
end

-- ---------------------------------------------------------------------------------------------------------------
-- Methods

-- The state of an open file.
local function of(verb, file)
  local state = rawequal(metatable(file), FILE) and states[file]
  if not state then arguments.wrong(verb, "file", "a file", file) end
  if state.closed then
    faults.raise({ kind = "script", message = verb .. ": the file is closed" })
  end
  return state
end

function files.read(verb, file, ...)
  local state = of(verb, file)
  if state.input then
    local hint = 'spell { input = "text" } gives it what is on stdin'
    faults.raise({ kind = "script", message = verb .. ": a spell does not read stdin", hint = hint })
  end
  return take(verb, state, ...)
end

function files.write(verb, file, ...)
  local state = of(verb, file)
  for i = 1, select("#", ...) do
    local text = select(i, ...)
    if type(text) ~= "string" and not mathtype(text) then
      arguments.wrong(verb, "value", "a string or a number", text)
    end
    local ok, problem, number = put(state, type(text) == "string" and text or tostring(text))
    if not ok then return nil, problem, number end
  end
  return file
end

function files.close(verb, file)
  local state = of(verb, file)
  if state.print or state.input then return true end
  local ok, problem, number = save(state)
  state.closed = true
  if not ok then return nil, problem, number end
  if state.on_close then return state.on_close(state) end
  return true
end

-- Returns an iterator over a file; `close` closes it at the end.
function files.lines(verb, file, close, ...)
  local state, forms, count = of(verb, file), { ... }, select("#", ...)
  return function()
    if state.closed then faults.raise({ kind = "script", message = verb .. ": the file is closed" }) end
    local function relay(first, ...)
      if first == nil and (...) then faults.raise({ kind = "script", message = (...) }) end
      if first == nil and close then files.close(verb, file) end
      return first, ...
    end
    return relay(take(verb, state, unpack(forms, 1, count)))
  end
end

function files.kind(value)
  local state = rawequal(metatable(value), FILE) and states[value]
  return state and (state.closed and "closed file" or "file") or nil
end

function methods.read(file, ...) return files.read("file:read", file, ...) end
function methods.write(file, ...) return files.write("file:write", file, ...) end
function methods.close(file) return files.close("file:close", file) end
function methods.lines(file, ...) return files.lines("file:lines", file, false, ...) end

function methods.flush(file)
  local state = of("file:flush", file)
  if state.print or not state.writes then return true end
  return save(state)
end

function methods.setvbuf(file, mode)
  local state = of("file:setvbuf", file)
  if mode ~= "no" and mode ~= "full" and mode ~= "line" then
    arguments.wrong("file:setvbuf", "mode", '"no", "full" or "line"', mode)
  end
  state.buffering = mode
  return true
end

local function size_of(state)
  if state.whole then return #state.data end
  local found = files.try(state.path, "Fs.stat", state.path)
  return found and found.size or 0
end

-- Where the next byte is read or written.
local function position(state)
  if state.whole then return state.at - 1 end
  return state.reads and state.next - left(state) or state.place or size_of(state)
end

function methods.seek(file, whence, offset)
  local state = of("file:seek", file)
  whence, offset = whence == nil and "cur" or whence, offset == nil and 0 or offset
  if not tointeger(offset) then arguments.wrong("file:seek", "offset", "an integer", offset) end
  offset = tointeger(offset)
  if state.print or state.input then return nil, "Illegal seek", 29 end
  if not state.reads then
    local ok, problem, number = save(state)
    if not ok then return nil, problem, number end
  end
  local base = whence == "set" and 0 or whence == "cur" and position(state) or whence == "end" and size_of(state)
  if not base then arguments.wrong("file:seek", "whence", '"set", "cur" or "end"', whence) end
  if base + offset < 0 then return nil, "Invalid argument", INVALID end
  if state.writes and not state.whole and not state.append and base + offset ~= position(state) then
    hold(state)
    state.reads = false
  end
  if state.whole then
    state.at = base + offset + 1
  elseif state.reads then
    state.data, state.at, state.next, state.ended = "", 1, base + offset, false
  else
    state.place = base + offset -- until something is written, which goes to the end
  end
  return base + offset
end

function FILE.__tostring(file)
  return states[file].closed and "file (closed)" or "file"
end

function FILE.__close(file)
  if not states[file].closed then files.close("file:close", file) end
end

return files
