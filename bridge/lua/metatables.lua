-- setmetatable without what would tell of the garbage collector: finalisers run when nobody expects it, and weak tables
-- lose what they hold, at another moment in each run.

local guest = ...
local faults = guest.faults

local find, format = string.find, string.format
local next, rawget, setmetatable, type = next, rawget, setmetatable, type

local metatables = {}

local MODE = "__mode"

local watches = false -- whether some source has the word: only then can a metatable get the field later on
local given = setmetatable({}, guest.weak) -- the metatables that the spell has set since then

local function refused(field)
  return { kind = "script", message = format("setmetatable: `%s` is not available", field) }
end

-- Looks at a source that the spell is going to run.
function metatables.watch(source)
  watches = watches or type(source) == "string" and find(source, MODE, 1, true) ~= nil
end

function metatables.set(object, meta)
  if type(meta) == "table" then
    if rawget(meta, "__gc") ~= nil then faults.raise(refused("__gc")) end
    if rawget(meta, MODE) ~= nil then faults.raise(refused(MODE)) end
    if watches then given[meta] = true end
  end
  return faults.native(setmetatable, object, meta)
end

-- Returns the fault of a spell that has made a table weak behind our back, or nil. By now it may have seen what it must
-- not, so it cannot go on.
function metatables.fault()
  if not watches then return nil end
  for meta in next, given do
    if rawget(meta, MODE) ~= nil then return faults.new(refused(MODE), guest.fibers.places()) end
  end
end

return metatables
