-- What passes between guest and host: calls and their answers, functions that the host calls, printed text.

local guest = ...
local writer, faults, fibers = guest.writer, guest.faults, guest.fibers

local format, sub = string.format, string.sub
local move, unpack = table.move, table.unpack
local min, offset = math.min, utf8.offset
local error, next, pcall, rawequal, select, setmetatable = error, next, pcall, rawequal, select, setmetatable

local integer, message, null = writer.integer, writer.message, writer.null

local MANY, MUCH = 256, 64 * 1024 -- messages and bytes after which the host is told without waiting for the turn's end
local PIECE = 32 * 1024 -- bytes of printed text in one message
local MARGIN = 64 -- bytes of a frame that are not of its longest message
local MORE = message("+")
local BEYOND = "an integer beyond 2^63 - 1"
local ZERO = integer(0)

local calls = {}

local limits
local out, bytes = {}, 0 -- what the host is told next
local over = false -- whether the run has ended; nothing is told after that
local root -- the fiber of the spell itself

local waiting, pending = {}, 0 -- id -> call that has no answer yet
local issued, flying = 0, 0
local backlog, head, tail = {}, 1, 0 -- calls that are held back
local printed = 0

-- ---------------------------------------------------------------------------------------------------------------
-- Telling the host

local function tell(text)
  if over then return end
  out[#out + 1] = text
  bytes = bytes + #text
end

function calls.heavy()
  return bytes >= MUCH or #out >= MANY
end

local function tell_freely(text)
  tell(text)
  if calls.heavy() then fibers.breathe() end
end

-- How many messages go into the next frame.
local function share()
  if not limits then return #out end
  local room, n = limits.frame - MARGIN, 0
  if bytes <= room then return #out end
  repeat
    n = n + 1
    room = room - #out[n]
  until n == #out or room < #out[n + 1]
  return n
end

-- Sends what was held back, as far as answers and cancellations have made room.
local function refill()
  while head <= tail and flying < limits.in_flight do
    local call = backlog[head]
    backlog[head] = nil
    head = head + 1
    if call.held then
      tell(call.held)
      call.held = nil
      flying = flying + 1
    end
  end
end

-- Returns a frame, and whether there is more to come.
function calls.flush()
  if limits then refill() end
  local n = share()
  local rest = move(out, n + 1, #out, 1, {})
  local more = #rest > 0 or not fibers.idle()
  local frame = writer.batch(out, n, more and MORE)
  out, bytes = rest, 0
  for i = 1, #rest do bytes = bytes + #rest[i] end
  return frame, more
end

-- ---------------------------------------------------------------------------------------------------------------
-- The end

local function close(kind, ...)
  if calls.on_end then calls.on_end() end
  tell(message(kind, ...))
  over = true
  fibers.drop()
end

function calls.over()
  return over
end

-- The cause is the worker's word, which no error of a spell can hold.
function calls.fail(fault, cause)
  if cause then close("e", faults.pack(fault), writer.text(cause)) else close("e", faults.pack(fault)) end
end

-- Says how a source that is only compiled has fared; no run has begun.
function calls.compiled(fault)
  tell(fault and message("e", faults.pack(fault)) or message("d", writer.pack(nil)))
end

-- Ends the run from within the spell: it can neither catch that nor go on.
function calls.halt(fault)
  if not over then
    if fault then calls.fail(fault) else close("d", writer.pack(nil)) end
  end
  fibers.halt()
  error("the spell has ended", 0)
end

local function check()
  if over then calls.halt() end
  fibers.check()
end

-- Returns the data of a result as msgpack, or nil and a fault.
function calls.packed(what, value)
  local ok, body = pcall(writer.pack, value)
  if not ok then return nil, faults.refused(what, body, "script") end
  if #body <= limits.frame - MARGIN then return body end
  local problem = format("%s is %d bytes, more than the %d of one frame", what, #body, limits.frame)
  return nil, faults.new({ kind = "script", message = problem }, {})
end

local function conclude(fiber)
  local body, fault
  if fiber.ok then body, fault = calls.packed("the result of the spell", fiber.value) else fault = fiber.value end
  if body then close("d", body) else calls.fail(fault) end
end

-- ---------------------------------------------------------------------------------------------------------------
-- Printed text

-- Tells the host a text that the spell prints; `stream` is `out` unless given.
function calls.print(text, stream)
  if over then calls.halt() end
  text = writer.valid(text)
  printed = printed + #text
  if printed > limits.output then
    local message = format("the spell printed more than %d bytes", limits.output)
    calls.halt(faults.new({ kind = "script", message = message, hint = "print less; limits.output of the profile sets the limit" }))
  end
  local at = 1
  while at <= #text do
    local stop = min(at + PIECE - 1, #text)
    if stop < #text then stop = offset(text, 0, stop + 1) - 1 end
    tell_freely(message("o", writer.text(stream or "out"), writer.text(sub(text, at, stop))))
    at = stop + 1
  end
end

-- ---------------------------------------------------------------------------------------------------------------
-- Functions that the host may call

local numbers = setmetatable({}, guest.weak) -- function -> its number, the same as long as it lives
local functions, numbered = {}, 0 -- number -> the function, who passed it, and how many calls hold it
local passed -- the functions among the arguments that are being packed

local function number(fn)
  if not numbers[fn] then
    numbered = numbered + 1
    numbers[fn] = numbered
  end
  passed = passed or {}
  passed[#passed + 1] = fn
  return numbers[fn]
end

local function hold(fns)
  local owner, site = fibers.current(), faults.here()
  for i = 1, #fns do
    local entry = functions[numbers[fns[i]]] or { fn = fns[i], owner = owner, site = site, holds = 0 }
    entry.holds = entry.holds + 1
    functions[numbers[entry.fn]] = entry
  end
end

local function release(fns)
  for i = 1, #fns do
    local entry = functions[numbers[fns[i]]]
    entry.holds = entry.holds - 1
    if entry.holds == 0 then functions[numbers[entry.fn]] = nil end
  end
end

local function answer(n, body, fault)
  if body then
    tell(message("a", integer(n), "\xc3", body))
  else
    tell(message("a", integer(n), "\xc2", faults.pack(fault)))
  end
end

-- Calls function `id` for the host, in a fiber below the one that passed it.
function calls.invoke(n, id, arguments)
  local entry = functions[id]
  if not entry then
    return answer(n, nil, faults.new({ kind = "script", message = format("the function %d is gone", id) }, {}))
  end
  local count = #arguments
  for i = 1, count do
    if rawequal(arguments[i], null) then arguments[i] = nil end
  end
  local parent = entry.owner.closing and root or entry.owner
  local fiber = fibers.start(parent, function() return entry.fn(unpack(arguments, 1, count)) end)
  fiber.site = entry.site
  function fiber.on_end()
    if not fiber.ok then return answer(n, nil, fiber.value) end
    answer(n, calls.packed("the result of the function", fiber.value))
  end
end

-- ---------------------------------------------------------------------------------------------------------------
-- Calls

-- Where a call is made, as it ends the message of the call: the file is left out where it is the spell itself.
local function spot(line, file)
  if file == nil or file == faults.spell then return integer(line or 0), ZERO end
  return integer(line), ZERO, writer.text(file)
end

local function pack_call(op, id, ...)
  passed = nil
  local ok, arguments = pcall(writer.pack_arguments, { ... }, select("#", ...), number, op.bytes == true)
  if not ok then error(faults.refused(op.op, arguments), 0) end
  local site = fibers.current().site
  local line, file = faults.line(3)
  if not line and site then line, file = site.line, site.file end
  op.packed = op.packed or writer.text(op.op)
  local text = message("c", integer(id), op.packed, arguments, spot(line, file))
  if #text > limits.frame - MARGIN then
    local problem = format("%s: the call is %d bytes, more than the %d of one frame", op.op, #text, limits.frame)
    faults.raise({ kind = "args", message = problem })
  end
  return text, passed
end

local function issue(call, text)
  if flying < limits.in_flight and head > tail then
    tell(text)
    flying = flying + 1
  else
    call.held = text
    tail = tail + 1
    backlog[tail] = call
  end
end

-- An error of the host. Its place is that of the call, unless it comes from a function of the spell that the host
-- called.
local function from_host(shape)
  local fields = {}
  for _, name in next, { "kind", "message", "hint", "retryable", "cause", "data", "where", "trace" } do
    if not rawequal(shape[name], null) then fields[name] = shape[name] end
  end
  local passed_on = fields.trace
  local fault = faults.new(fields)
  if passed_on then faults.extend(fault) end
  return fault
end

-- Calls an op of the host; returns its result or raises its error.
function calls.call(op, ...)
  check()
  if op.notify then
    local text, fns = pack_call(op, 0, ...)
    if fns then hold(fns) end
    return tell_freely(text)
  end
  fibers.must_wait(op.op)
  local id = issued + 1
  local text, fns = pack_call(op, id, ...)
  local call = { fiber = fibers.current(), op = op, passed = fns }
  if fns then hold(fns) end
  waiting[id] = call
  issue(call, text)
  issued, pending = id, pending + 1
  local ok, value = fibers.wait(id)
  if not ok then error(from_host(value), 0) end
  return value
end

-- Tells the host something for a verb, from whatever fiber runs, by an op without an answer.
function calls.notify(op, place, ...)
  op.packed = op.packed or writer.text(op.op)
  local arguments = writer.pack_arguments({ ... }, select("#", ...))
  tell(message("c", ZERO, op.packed, arguments, spot(place and place.line, place and place.file)))
end

-- Takes a call from the list of those that wait; nil when its answer is no longer wanted.
local function take(id)
  local call = waiting[id]
  if not call then return end
  waiting[id] = nil
  pending = pending - 1
  if not call.held then flying = flying - 1 end
  if call.passed and not call.op.keeps then release(call.passed) end
  return call
end

function calls.deliver(id, value)
  local call = take(id)
  if not call then return end
  if rawequal(value, null) then value = nil end
  if call.op.convert and value ~= nil then value = call.op.convert(value) end
  fibers.wake(call.fiber, id, true, value)
end

function calls.refuse(id, shape)
  local call = take(id)
  if call then fibers.wake(call.fiber, id, false, shape) end
end

-- Answers a message of the host that has an integer beyond what Lua can hold.
function calls.beyond(kind, first, second)
  if kind == "x" then
    second.data = nil
    return calls.refuse(first, second)
  end
  local call = kind == "r" and waiting[first]
  if call then return calls.refuse(first, { kind = "script", message = call.op.op .. ": the result has " .. BEYOND }) end
  local what = kind == "run" and "the arguments of the spell have " or "an argument has "
  local fault = faults.new({ kind = "script", message = what .. BEYOND }, {})
  if kind == "run" then calls.fail(fault) elseif kind == "f" then answer(first, nil, fault) end
end

function fibers.quit(id)
  local call = take(id)
  if call.held then
    call.held = nil
  else
    tell(message("q", integer(id)))
  end
end

-- ---------------------------------------------------------------------------------------------------------------
-- The run

function calls.begin(given)
  limits = given
end

-- Starts the spell itself.
function calls.start(chunk)
  root = fibers.start(nil, chunk)
  root.on_end = conclude
end

function calls.cancel(reason)
  fibers.stop(root, reason)
end

-- Nothing is ready: fails when nothing can ever be.
function calls.stalled()
  if over or not root or pending > 0 then return end
  local problem = "the spell waits for something that can never happen"
  calls.fail(faults.new({ kind = "script", message = problem }, root.thread and faults.places(root.thread) or {}))
end

return calls
