-- The guest's bank of the bridge in Lua: what a spell sees, and the functions that the worker holds.
-- Everything is captured before a spell runs; no metatable, string method or global of a spell is ever trusted.

local guest = ...
local reader, faults, fibers, calls, verbs = guest.reader, guest.faults, guest.fibers, guest.calls, guest.verbs
local arguments, clock, metatables, order = guest.arguments, guest.clock, guest.metatables, guest.order
local groups, timing, modules = guest.groups, guest.timing, guest.modules
local build, keep_lines, null, opens = guest.surface, guest.tails, guest.writer.null, guest.writer.opens

local find, format, gsub = string.find, string.format, string.gsub
local metatable = debug.getmetatable
local concat, pack, unpack = table.concat, table.pack, table.unpack
local error, ipairs, load, next, pcall, rawequal = error, ipairs, load, next, pcall, rawequal
local rawget, rawset, select, setmetatable, type = rawget, rawset, select, setmetatable, type
local random, randomseed = math.random, math.randomseed

-- ---------------------------------------------------------------------------------------------------------------
-- The libraries of Lua, as far as a spell has them

local ALLOWED = {
  base = "_VERSION assert error getmetatable ipairs next pairs pcall rawequal rawget rawlen rawset select tonumber "
    .. "type xpcall",
  string = "byte char find gmatch gsub len lower match pack packsize rep reverse sub unpack upper",
  table = "concat insert move pack remove sort unpack",
  math = "abs acos asin atan ceil cos deg exp floor fmod huge log max maxinteger min mininteger modf pi rad random "
    .. "sin sqrt tan tointeger type ult",
  utf8 = "char charpattern codepoint codes len offset",
}

local function copy(from, names)
  local library = {}
  for name in string.gmatch(names, "%S+") do library[name] = from[name] end
  return library
end

-- What a spell has as `_G` is an empty table in front of the globals, so that each assignment to one is seen. Lua
-- itself looks behind it for what it does not find there, which costs the read of a global a few nanoseconds.
local front, globals = {}, copy(_G, ALLOWED.base)
for _, name in ipairs({ "string", "table", "math", "utf8" }) do globals[name] = copy(_G[name], ALLOWED[name]) end

local system = clock.library
local strings = getmetatable("")

local OPAQUE = { table = true, ["function"] = true, thread = true, userdata = true }

-- Objects are shown as `tostring` shows them, not by their address.
local function string_format(text, ...)
  if type(text) == "string" and find(text, "p", 1, true) and find(gsub(text, "%%%%", ""), "%%[-%d]*p") then
    faults.raise({ kind = "script", message = "string.format: `%p` is not available" })
  end
  local values = pack(...)
  for i = 1, values.n do
    if OPAQUE[type(values[i])] then values[i] = verbs.tostring(values[i]) end
  end
  return faults.native(format, text, unpack(values, 1, values.n))
end

-- Replies are no strings for the original. Nearly all lists have none, so it is asked first.
local function table_concat(...)
  local ok, text = pcall(concat, ...)
  if ok then return text end
  local list, separator, first, last = ...
  if type(list) ~= "table" or metatable(list) ~= nil then return faults.native(error, text, 0) end
  local texts = {}
  for key, value in next, list do texts[key] = arguments.spoken(value) end
  if last == nil then last = #list end
  return faults.native(concat, texts, arguments.spoken(separator), first, last)
end

-- Without a seed the original would take one from clock and memory.
local function seed_random(...)
  if select("#", ...) == 0 then return randomseed(random(0)) end
  return faults.native(randomseed, ...)
end

-- Compiles text; compiled chunks can break the engine.
local function load_text(chunk, name, mode, ...)
  if mode ~= nil and mode ~= "t" and mode ~= "bt" then return nil, "load: only text can be loaded" end
  metatables.watch(chunk)
  if select("#", ...) > 0 then return faults.native(load, chunk, name, "t", ...) end
  return faults.native(load, chunk, name, "t", front)
end

function system.exit(code)
  if code == nil or code == true or code == 0 then return calls.halt() end
  local message = "the spell exited with status " .. (code == false and "1" or verbs.tostring(code))
  calls.halt(faults.new({ kind = "script", message = message }))
end

local own = {} -- the names of globals that the spell has made, with `rawset`

local function refuse_assignment(name)
  local what = rawget(globals, name) ~= nil and "cannot be changed" or "is not declared"
  name = verbs.tostring(name)
  faults.raise({ kind = "script", message = format("`%s` %s: write `local %s = …`", name, what, name) })
end

local function set_own(name, value)
  own[name], globals[name] = value ~= nil or nil, value
end

local function raw_get(t, key, ...)
  if rawequal(t, front) then t = globals end
  if type(t) == "table" and key ~= nil then return rawget(t, key) end
  return faults.native(rawget, t, key, ...)
end

local function raw_set(...)
  local t, key, value = ...
  if type(t) ~= "table" or key == nil or key ~= key or select("#", ...) < 3 then return faults.native(rawset, ...) end
  if not rawequal(t, front) then
    if not opens[metatable(t)] then return rawset(t, key, value) end
    t[key] = value -- what is ours is not passed by
    return t
  end
  if not own[key] and rawget(globals, key) ~= nil then refuse_assignment(key) end
  set_own(key, value)
  return t
end

local function install_libraries(noun, features)
  globals._G, globals.rawget, globals.rawset = front, raw_get, raw_set
  globals.setmetatable, globals.tostring = metatables.set, verbs.tostring
  globals.next, globals.pairs = order.next, order.pairs
  globals.table.concat, globals.table.sort = table_concat, guest.sorting
  globals.string.format, globals.math.randomseed = string_format, seed_random
  globals.coroutine = fibers.library
  if features.codegen then globals.load = load_text end
  globals.os = noun("os", system)
  strings.__index, strings.__metatable = globals.string, false
end

-- ---------------------------------------------------------------------------------------------------------------
-- Globals

local function lock_globals()
  setmetatable(globals, { __index = function(_, name) faults.undefined(verbs.tostring(name)) end })
  local meta = { __metatable = false, __index = globals }
  function meta.__newindex(_, name, value)
    if not own[name] then refuse_assignment(name) end
    set_own(name, value)
  end
  function meta.__pairs(object) return order.next, object, nil end
  opens[meta] = function() return nil, nil, nil, "`_G`" end
  setmetatable(front, meta)
  order.stands_for(front, globals)
end

-- What `spell` returns was read before the spell ran; a declaration that was not found then must not look as if it counted.
local function spell_of(args, features)
  if rawequal(args, null) then args = nil end
  return function(declaration)
    local here = declaration ~= nil and faults.here()
    if here and here.file ~= faults.spell then
      local hint = "move it into the spell; `spell()` without an argument returns the arguments anywhere"
      local message = "a module declares nothing: only the spell itself has a manifest"
      faults.raise({ kind = "config", message = message, hint = hint })
    end
    if declaration ~= nil and features.manifest == false then
      local message = "this `spell{…}` does not count: it has to begin its line, where it is read before the spell runs"
      faults.raise({ kind = "config", message = message })
    end
    return args
  end
end

local function install_verbs(noun, args, timer, features)
  for _, name in ipairs({ "attempt", "fail", "map", "parallel", "print", "race", "spawn", "step" }) do
    globals[name] = verbs[name]
  end
  if timer then
    globals.timeout, globals.retry = timing.timeout, timing.retry
    globals.Workflow = guest.workflow(noun)
  end
  globals.Json = noun("Json", guest.json)
  globals.require = modules.require
  globals.spell = spell_of(args, features)
end

-- ---------------------------------------------------------------------------------------------------------------
-- Messages of the host

local receive = {}

local function syntax_error(problem)
  local fault = faults.of(problem)
  fault.data = { syntax = true }
  return fault
end

-- Compiles a source as a run would, and runs nothing of it.
function receive.check(source, name)
  faults.about(name)
  local chunk, problem = load(source, "@" .. name, "t", {})
  calls.compiled(not chunk and syntax_error(problem) or nil)
end

-- Compiles a file of the spell; returns a function, or nil and a fault.
local function compile(source, name)
  metatables.watch(source)
  local chunk, problem = load(source, "@" .. name, "t", front)
  if not chunk then return nil, syntax_error(problem) end
  return keep_lines(chunk, "@" .. name, front)
end

function receive.run(source, name, args, seed, limits, surface, files)
  calls.begin(limits)
  faults.spell = name
  faults.about(name)
  randomseed(seed)
  local ops, noun = build(surface, globals)
  install_libraries(noun, surface.features)
  timing.begin(ops[surface.timer], seed)
  groups.report_by(ops[surface.progress])
  install_verbs(noun, args, ops[surface.timer], surface.features)
  if surface.features.io then guest.io.offer(ops, noun, globals, system, surface.features) end
  if surface.features.trial then guest.trial.offer(noun, globals, ops) end
  if surface.features.coverage then guest.coverage.begin(ops._covered) end
  lock_globals()
  local chunk, fault = compile(source, name)
  fault = fault or modules.begin(files, compile)
  if fault then return calls.fail(fault) end
  local body = { [""] = chunk } -- traces show this name
  local function perform()
    local result = body[""]()
    if surface.features.trial then return guest.trial.run() end
    if type(result) == "function" then return result(globals.spell()) end
    return result
  end
  calls.start(surface.features.io and guest.io.around(perform) or perform)
end

receive.t = clock.set
receive.r = calls.deliver
receive.x = calls.refuse
receive.f = calls.invoke
receive.k = calls.cancel

-- ---------------------------------------------------------------------------------------------------------------
-- What the worker holds. It passes bytes, and gets numbers, bytes and truth values, never an object.

local function begin(frame)
  local messages = reader.unpack(frame)
  for i = 1, #messages do
    local message = messages[i]
    if calls.over() then break end
    if reader.is_beyond(message) then
      if message[1] == "run" then calls.begin(message[6]) end
      calls.beyond(unpack(message, 1, 3))
    else
      receive[message[1]](unpack(message, 2, 8))
    end
  end
end

-- Returns the address of the thread that runs next, or nil when it is time to answer the host.
local function select_next()
  local fault = metatables.fault()
  if fault and not calls.over() then calls.fail(fault) end
  fibers.settle()
  if calls.over() or calls.heavy() then return nil end
  local address = fibers.select()
  if not address then calls.stalled() end
  return address
end

-- The worker has interrupted the thread that ran: the whole run fails, whatever the spell made of it.
local function expire()
  local message = "the spell ran for longer than its turn without yielding"
  calls.fail(faults.new({ kind = "timeout", message = message }, fibers.places()), "interrupted")
end

-- Memory ran out here, outside of the spell, and the worker has added a little.
local function exhaust()
  calls.fail(faults.new({ kind = "script", message = "not enough memory" }, fibers.places()))
end

-- Nothing of the original globals is left for anybody to find. The name `debug` stays: the worker's binding looks for
-- it before each call, and to make the name then would abort the process where memory has run out.
local originals = _G
for name in next, originals do originals[name] = nil end
originals.debug = false

return begin, select_next, fibers.run, calls.flush, expire, exhaust
