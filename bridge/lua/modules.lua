-- The modules of a spell: files of its project that the host has sent with it. Each runs once, in the fiber that
-- requires it first; whoever requires it meanwhile waits.

local guest = ...
local reader, faults, fibers, arguments = guest.reader, guest.faults, guest.fibers, guest.arguments

local format = string.format
local error, next, pcall, setmetatable, sort, type = error, next, pcall, setmetatable, table.sort, type

local SPELL = "" -- the path of the spell itself

local modules = {}

local entries = {} -- path -> { path, body or text, done, value, loader, waiters }
local named = {} -- what the spell or a module calls it -> its entry

-- Takes what the host has sent, and compiles it; returns the fault of what does not compile.
function modules.begin(given, compile)
  local paths = {}
  for path in next, given do
    if path ~= SPELL then paths[#paths + 1] = path end
  end
  sort(paths)
  for i = 1, #paths do
    local sent = given[paths[i]]
    local entry = { path = paths[i], text = sent.source }
    faults.about(paths[i])
    if sent.language == "lua" then
      local body, fault = compile(sent.source, paths[i])
      if fault then return fault end
      entry.body = { [""] = body } -- traces show this name
    end
    entries[paths[i]] = entry
  end
  for _, sent in next, given do
    for name, path in next, sent.uses do named[name] = entries[path] end -- a name means the same in every file
  end
end

-- Ends the loading of a module. One that has failed can be required again; those that wait fail with it, unless it was
-- only its fiber that was cancelled: then the first of them loads it anew.
local function conclude(loading, thrown)
  local entry = loading.entry
  local waiters, cancelled = entry.waiters, entry.loader.cancelled
  entry.loader, entry.waiters = nil, nil
  local fault = thrown ~= nil and not entry.done and not cancelled and faults.of(thrown) or nil
  for i = 1, #waiters do fibers.wake(waiters[i], entry, not fault, fault) end
end

local LOADING = { __close = conclude }

local function decoded(entry)
  local ok, value = pcall(reader.decode, entry.text)
  if not ok then error(faults.refused(entry.path, value, "script"), 0) end
  return value
end

-- Not by `pcall`: an error keeps its trace where nobody catches it.
local function load_module(entry, name)
  entry.loader, entry.waiters = fibers.current(), {}
  local loading <close> = setmetatable({ entry = entry }, LOADING)
  local value
  if entry.body then value = entry.body[""](name, entry.path) else value = decoded(entry) end
  if value == nil then value = true end
  entry.value, entry.done = value, true
  return value
end

local function await(entry, name)
  if fibers.current() == entry.loader then
    local message = format("%s requires itself: it is not loaded yet", entry.path)
    faults.raise({ kind = "script", message = message, hint = "move what both use into a third module" })
  end
  fibers.check()
  fibers.must_wait("require", format("require(%q) before", name))
  entry.waiters[#entry.waiters + 1] = fibers.current()
  local ok, fault = fibers.wait(entry)
  if not ok then error(fault, 0) end
end

function modules.require(name)
  if type(name) ~= "string" then arguments.wrong("require", "name", "a string", name) end
  local entry = named[name]
  if not entry then
    local message = format("require: this run has no module %s", faults.shown(name))
    local hint = 'write the name as a literal, `require("lib.util")`: modules are found before the spell runs'
    faults.raise({ kind = "script", message = message, hint = hint })
  end
  while entry.loader do await(entry, name) end
  if entry.done then return entry.value end
  return load_module(entry, name)
end

return modules
