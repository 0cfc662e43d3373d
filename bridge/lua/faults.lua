-- Errors as a spell sees them: one shape, with the places of the spell's own code.

local guest = ...
local writer = guest.writer

local find, format, match, sub = string.find, string.format, string.match, string.sub
local concat, min, move = table.concat, math.min, table.move
local getinfo, metatable, running = debug.getinfo, debug.getmetatable, coroutine.running
local error, load, next, pcall, rawequal, rawget, rawlen = error, load, next, pcall, rawequal, rawget, rawlen
local setmetatable, tonumber, tostring, type = setmetatable, tonumber, tostring, type

local FRAMES = 20 -- the places that a trace has at most
local LEVELS = 250 -- the levels of a stack that are searched for them
local LONGEST = 16 * 1024 -- bytes of a text in an error

local faults = { kinds = {} }

for kind in string.gmatch("args config auth permission budget timeout cancelled model rate_limit refused schema tool "
  .. "http mcp approval replay script", "%S+") do
  faults.kinds[kind] = true
  faults.KINDS = (faults.KINDS and faults.KINDS .. ", " or "kinds: ") .. kind -- the hint for who names another
end

local SIMPLE = { number = true, boolean = true, ["nil"] = true }

-- What a thrown value says: its own `__tostring`, it as JSON, or its `message` where it is no data; never an address.
local function describe(thrown)
  local kind, meta = type(thrown), metatable(thrown)
  if kind == "string" then return thrown end
  if SIMPLE[kind] then return tostring(thrown) end
  local ok, text = false, nil
  if kind == "table" then
    ok, text = pcall(meta and rawget(meta, "__tostring") ~= nil and tostring or writer.encode, thrown)
  end
  if ok then return text end
  local message = kind == "table" and rawget(thrown, "message")
  return type(message) == "string" and message or format("a %s was thrown", kind)
end

local FAULT = { __name = "error", __metatable = false }

function FAULT.__tostring(fault)
  return describe(fault.message)
end

function FAULT.__concat(left, right)
  return describe(left) .. describe(right)
end

-- ---------------------------------------------------------------------------------------------------------------
-- Places

local files = {} -- how Lua names the source of each file of the spell -> the name of the file
local prefixes = {} -- what Lua writes in front of messages, and the name of the file

-- Names a file whose code is the spell's own; `faults.spell` is the one that is run.
function faults.about(name)
  files["@" .. name] = name
  prefixes[#prefixes + 1] = { text = getinfo(load("", "@" .. name), "S").short_src .. ":", file = name }
end

-- The file of the spell that Lua names as a source, if it is one.
function faults.file(source)
  return files[source]
end

local function place(file, line, name)
  return { file = file, line = line, column = 0, name = name or "" }
end

-- The frames of the spell on a stack, innermost first: at most `most` of them.
function faults.places(thread, most)
  local found = {}
  thread = thread or running()
  for level = 0, LEVELS do
    local info = #found < (most or FRAMES) and getinfo(thread, level, "Sln")
    if not info then break end
    if info.currentline > 0 and files[info.source] then
      found[#found + 1] = place(files[info.source], info.currentline, info.name)
    end
  end
  return found
end

-- The place of the spell that is running.
function faults.here()
  return faults.places(nil, 1)[1]
end

-- The line of the spell that is running, and its file, for a call: `level` is where to begin to look.
function faults.line(level)
  for above = level + 1, level + LEVELS do
    local info = getinfo(above, "Sl")
    if not info then return end
    if info.currentline > 0 and files[info.source] then return info.currentline, files[info.source] end
  end
end

-- Takes the `file:line:` off a message, the spell's or that of a part of the prelude; returns the rest, and the line
-- and the file where it is one of the spell.
local function split(message)
  for i = 1, #prefixes do
    local prefix = prefixes[i].text
    if sub(message, 1, #prefix) == prefix then
      local line, rest = match(message, "^(%d+): ?(.*)", #prefix + 1)
      return rest or message, tonumber(line), prefixes[i].file
    end
  end
  local part, rest = match(message, "^(%l+):%d+: (.*)")
  return guest[part] and rest or message
end

-- ---------------------------------------------------------------------------------------------------------------
-- Making errors

-- Makes an error; its place is the innermost of the trace, unless it has one.
function faults.new(fields, trace)
  fields.trace = trace or fields.trace or faults.places()
  fields.where = fields.where or fields.trace[1]
  writer.lists[fields.trace] = true
  return setmetatable(fields, FAULT)
end

function faults.raise(fields)
  error(faults.new(fields), 0)
end

function faults.is(value)
  return metatable(value) == FAULT
end

local function from_text(message, trace)
  local rest, line, file = split(message)
  local where = trace[1]
  if line and not (where and where.line == line and where.file == file) then where = place(file, line) end
  return faults.new({ kind = "script", message = rest, where = where }, trace)
end

local function from_table(thrown, trace)
  return faults.new({
    kind = rawget(thrown, "kind"), message = rawget(thrown, "message"), hint = rawget(thrown, "hint"),
    retryable = rawget(thrown, "retryable"), cause = rawget(thrown, "cause"), data = rawget(thrown, "data"),
  }, trace)
end

-- The trace of an error. A spell may have put anything in its place.
local function trace_of(fault)
  return type(fault.trace) == "table" and fault.trace or {}
end

-- Gives an error a place that was made where there was none.
local function placed(fault, trace)
  if rawlen(trace_of(fault)) == 0 then fault.trace = trace end
  fault.where = fault.where or trace[1]
  return fault
end

-- Turns whatever was thrown into an error; `trace` is where.
function faults.of(thrown, trace)
  trace = trace or {}
  if faults.is(thrown) then return placed(thrown, trace) end
  if thrown == nil or rawequal(thrown, writer.null) then
    return from_text("the spell raised " .. describe(thrown), trace)
  end
  if type(thrown) == "string" then return from_text(thrown, trace) end
  if type(thrown) ~= "table" then return from_text(describe(thrown), trace) end
  if type(rawget(thrown, "kind")) == "string" and rawget(thrown, "message") ~= nil then
    return from_table(thrown, trace)
  end
  return faults.new({ kind = "script", message = describe(thrown), data = thrown }, trace)
end

-- Adds the places that wait for what failed: the stack of a fiber continues in the one that started it.
function faults.extend(fault, outer)
  local trace = trace_of(fault)
  outer = outer or faults.places()
  fault.trace = move(outer, 1, min(#outer, FRAMES - rawlen(trace)), rawlen(trace) + 1, trace)
  fault.where = fault.where or outer[1]
end

-- ---------------------------------------------------------------------------------------------------------------
-- Errors for the host

local function text(value)
  if value == nil or rawequal(value, writer.null) then return nil end
  local written = describe(value)
  if #written > LONGEST then written = sub(written, 1, LONGEST) .. "…" end
  return writer.valid(written)
end

local function packed(value)
  if type(value) ~= "table" then return nil end
  local ok, bytes = pcall(writer.pack, value)
  return ok and #bytes <= LONGEST and value or nil
end

-- Returns an error as msgpack. A spell may have changed it: what does not fit is left out.
function faults.pack(fault)
  return writer.pack({
    kind = type(fault.kind) == "string" and text(fault.kind) or "script",
    message = text(fault.message) or "",
    hint = text(fault.hint), cause = text(fault.cause),
    retryable = fault.retryable == true,
    where = packed(fault.where), trace = packed(fault.trace), data = packed(fault.data),
  })
end

-- ---------------------------------------------------------------------------------------------------------------
-- Faults that several parts raise

local STEPS = 8 -- the keys that an error names at most

local function keys_to(path)
  local steps = {}
  if #path > STEPS then steps[STEPS + 1] = "…" end
  for i = 1, #path < STEPS and #path or STEPS do
    local key = path[i]
    if type(key) == "number" then
      steps[i] = format("[%d]", key)
    elseif find(key, "^[%a_][%w_]*$") then
      steps[i] = (i > 1 and "." or "") .. key
    else
      steps[i] = format("[%s]", writer.encode(writer.valid(key)))
    end
  end
  return concat(steps)
end

-- Turns a refusal of writer or reader into a fault of what was called; anything else goes on as it is.
function faults.refused(called, refusal, kind)
  if type(refusal) ~= "table" or not rawget(refusal, "problem") then error(refusal, 0) end
  local steps = keys_to(refusal.path or {})
  local part = refusal.argument and format("argument %d", refusal.argument) or ""
  if steps ~= "" then part = part .. (part ~= "" and ", " or "") .. "`" .. steps .. "`" end
  if part ~= "" then part = " (" .. part .. ")" end
  local message = called .. ": " .. refusal.problem .. part
  return faults.new({ kind = kind or "args", message = message, hint = refusal.hint })
end

local function relay(ok, ...)
  if ok then return ... end
  error((...), (...) == "not enough memory" and 0 or 2)
end

-- Calls a function of Lua for a function that stands in for it; what it complains about gets the place of the caller.
-- To be used in tail position.
function faults.native(fn, ...)
  return relay(pcall(fn, ...))
end

-- How an error message quotes a value.
function faults.shown(value)
  local kind = type(value)
  if kind == "string" then return writer.encode(writer.valid(#value > 60 and sub(value, 1, 60) .. "…" or value)) end
  if SIMPLE[kind] then return tostring(value) end
  return rawequal(value, writer.null) and "null" or "a " .. kind
end

-- How an error message writes a member of something.
function faults.member(name, key)
  return name .. "." .. (type(key) == "string" and key or faults.shown(key))
end

function faults.undefined(name)
  faults.raise({ kind = "script", message = format("`%s` is not defined", name), data = { undefined = name } })
end

return faults
