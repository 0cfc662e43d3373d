-- The order in which a spell sees the keys of a table: the same in every run. Lua's own follows from addresses and from
-- a seed that each process draws anew.
--
-- The list 1 to n comes first, then other positive integers, other numbers, strings by their bytes, false, true, and
-- objects in the order in which they got their numbers.

local guest = ...
local faults = guest.faults

local getinfo, getupvalue, metatable = debug.getinfo, debug.getupvalue, debug.getmetatable
local concat, sort = table.concat, table.sort
local format = string.format
local maxinteger, mathtype, tointeger = math.maxinteger, math.type, math.tointeger
local error, next, rawequal, rawget = error, next, rawequal, rawget
local select, setmetatable, type = select, setmetatable, type

local NOWHERE = 0 / 0 -- equal to no key
local DEEPEST = 4 -- levels of tables that are compared
local ALIKE = "some keys of this table are %ss that cannot be told apart: their order would differ from run to run"
local APART = "give each a field of its own, such as `id`; or keep the objects in a list, and loop over that"

local order = {}

local front, behind -- a table that is always empty, and the one whose keys it shows

-- Lets a table show the keys of another.
function order.stands_for(empty, full)
  front, behind = empty, full
end

-- ---------------------------------------------------------------------------------------------------------------
-- Objects: what is neither number, string nor boolean gets a number when the run first meets it

local numbers, last_number = setmetatable({}, guest.weak), 0

-- Gives an object its number, unless it has one; to be called in an order that is the same in every run.
function order.number(object)
  if numbers[object] then return end
  last_number = last_number + 1
  numbers[object] = last_number
end

local SCALAR = { string = true, number = true, boolean = true }

local function spoken(value)
  return SCALAR[type(value)] and format("%q", value) or ""
end

local ordered_keys

-- What a function is told by: where it stands, and the plain values that it has taken from outside.
local function marks_of_function(fn)
  local info = getinfo(fn, "S")
  local marks = { format("%s:%08d", info.source, info.linedefined) }
  for i = 1, 255 do
    local name, value = getupvalue(fn, i)
    if not name then break end
    marks[#marks + 1] = name .. spoken(value)
  end
  return concat(marks, "\0")
end

-- What a table is told by: its plain fields, and those of the tables in it.
local function marks_of_table(t, depth)
  local marks, plain, n = {}, {}, 0
  for key in next, t do
    if SCALAR[type(key)] then plain[key] = true end
  end
  plain, n = ordered_keys(plain, 0)
  for i = 1, n do
    local key = plain[i]
    local value = rawget(t, key)
    local is_table = type(value) == "table" and depth < DEEPEST
    marks[i] = spoken(key) .. "=" .. (is_table and marks_of_table(value, depth + 1) or spoken(value))
  end
  return "{" .. concat(marks, "\0") .. "}"
end

local function marks_of(object, value)
  local kind = type(object)
  local marks = kind == "table" and marks_of_table(object, 1) or kind == "function" and marks_of_function(object) or ""
  return concat({ kind, marks, spoken(value) }, "\0\0")
end

-- Numbers the objects among the keys of a table that have no number yet, by what tells them apart.
local function number_all(objects, t)
  local strangers, marks = {}, {}
  for i = 1, #objects do
    local object = objects[i]
    if not numbers[object] then
      strangers[#strangers + 1] = object
      marks[object] = #objects > 1 and marks_of(object, rawget(t, object))
    end
  end
  sort(strangers, function(left, right) return marks[left] < marks[right] end)
  for i = 2, #strangers do
    if marks[strangers[i - 1]] == marks[strangers[i]] then
      faults.raise({ kind = "script", message = format(ALIKE, type(strangers[i])), hint = APART })
    end
  end
  for i = 1, #strangers do order.number(strangers[i]) end
end

-- ---------------------------------------------------------------------------------------------------------------
-- Keys in order

-- Whether a table has no other keys than 1 to at most n; if so, it is nearly as fast as Lua itself.
local function is_list(t, n)
  local i = 0
  for key in next, t do
    i = i + 1
    if key ~= i then return false end
  end
  return i <= n
end

local function append(list, n, others)
  for i = 1, #others do list[n + i] = others[i] end
  return n + #others
end

local function by_number(left, right)
  return numbers[left] < numbers[right]
end

-- Returns keys of any types in order: positive integers, other numbers, strings, booleans, objects.
local function mixed_keys(t, after)
  local integers, others, names, truths, objects = {}, {}, {}, {}, {}
  for key in next, t do
    local kind = type(key)
    if kind == "string" then
      names[#names + 1] = key
    elseif kind == "boolean" then
      truths[#truths + 1] = key
    elseif kind ~= "number" then
      objects[#objects + 1] = key
    elseif key < 1 or mathtype(key) == "float" then
      others[#others + 1] = key
    elseif key > after then
      integers[#integers + 1] = key
    end
  end
  number_all(objects, t)
  sort(integers)
  sort(others)
  sort(names)
  sort(truths, function(left, right) return right and not left end)
  sort(objects, by_number)
  local n = append(integers, #integers, others)
  n = append(integers, n, names)
  n = append(integers, n, truths)
  return integers, append(integers, n, objects)
end

-- Returns the keys of a table in their order, and how many there are; without the integers 1 to `after`.
function ordered_keys(t, after)
  if after > 0 and is_list(t, after) then return {}, 0 end
  local names, n = {}, 0
  for key in next, t do
    if type(key) ~= "string" then return mixed_keys(t, after) end
    n = n + 1
    names[n] = key
  end
  if n > 1 then sort(names) end
  return names, n
end

local RANKS = { number = 2, string = 3, boolean = 4 }

local function rank(key)
  return mathtype(key) == "integer" and key > 0 and 1 or RANKS[type(key)] or 5
end

local function is_before(left, right)
  local above, below = rank(left), rank(right)
  if above ~= below then return above < below end
  if above == 4 then return right and not left end
  if above == 5 then return (numbers[left] or 0) < (numbers[right] or 0) end
  return left < right
end

-- Returns how many of some keys in order are not behind a key, which need not be among them.
local function position(keys, n, key)
  local low, high = 0, key == nil and 0 or n
  while low < high do
    local middle = (low + high + 1) // 2
    if is_before(key, keys[middle]) then high = middle - 1 else low = middle end
  end
  return low
end

-- ---------------------------------------------------------------------------------------------------------------
-- pairs

-- Returns what gives the keys of a table one by one. A list is read as it is, all else in the order that it had when
-- the list was through; what is cleared meanwhile does not come, and neither does what is added.
local function follow(t)
  local meta = metatable(t)
  local is_raw = meta and rawget(meta, "__index") ~= nil
  local index -- the last one in the list, and NOWHERE behind it
  local keys, n, at -- afterwards
  return function(_, last)
    if last == index then
      local i = (index or 0) + 1
      local value
      if is_raw then value = rawget(t, i) else value = t[i] end
      if value ~= nil then
        index = i
        return i, value
      end
      keys, n = ordered_keys(t, i - 1)
      at, index = 0, NOWHERE
    elseif not keys or not rawequal(last, keys[at]) then
      keys, n = ordered_keys(t, 0)
      at, index = position(keys, n, last), NOWHERE
    end
    while at < n do
      at = at + 1
      local value = rawget(t, keys[at])
      if value ~= nil then return keys[at], value end
    end
  end
end

function order.pairs(...)
  local t = ...
  local meta = metatable(t)
  local own = meta and rawget(meta, "__pairs")
  if own ~= nil then
    local iterator, state, first = own(t)
    return iterator, state, first
  end
  if type(t) == "table" and next(t) ~= nil then return follow(t), t, nil end
  if select("#", ...) == 0 then error("bad argument #1 to 'pairs' (table expected, got no value)", 2) end
  return next, t, nil -- there is nothing in it; or it is no table, and `next` complains where it does in Lua
end

-- ---------------------------------------------------------------------------------------------------------------
-- next

-- Table -> its keys in order, how many, and where a traversal by hand has come to. `looks` counts how many more times
-- a traversal may begin anew before the keys are sorted again: `next(t) == nil` has to be cheap.
local traversals = setmetatable({}, guest.weak)

local function go_on(t, traversal)
  local keys, at = traversal.keys, traversal.at
  while at < traversal.n do
    at = at + 1
    local value = rawget(t, keys[at])
    if value ~= nil then
      traversal.at = at
      return keys[at], value
    end
  end
  traversals[t] = nil
end

local function begin(t, after, key)
  local keys, n = ordered_keys(t, after)
  local traversal = { keys = keys, n = n, at = position(keys, n, key) }
  traversals[t] = traversal
  return traversal
end

local function first(t)
  local value = rawget(t, 1)
  if value ~= nil then return 1, value end
  local key
  key, value = next(t)
  if key == nil and rawequal(t, front) then return first(behind) end
  if key == nil or next(t, key) == nil then return key, value end
  local traversal = traversals[t]
  if traversal and (traversal.looks or 0) > 0 then
    traversal.looks, traversal.is_old, traversal.at = traversal.looks - 1, true, traversal.at - 1
    key, value = go_on(t, traversal)
    if key ~= nil then return key, value end
  end
  traversal = begin(t, 0)
  traversal.looks = traversal.n
  return go_on(t, traversal)
end

-- Returns a new traversal in place of one whose first key was taken from an old look: all other keys follow that one.
local function renewed(t, key)
  local traversal = begin(t, 0)
  local keys, n = { key }, 1
  for i = 1, traversal.n do
    if not rawequal(traversal.keys[i], key) then
      n = n + 1
      keys[n] = traversal.keys[i]
    end
  end
  traversal.keys, traversal.n, traversal.at = keys, n, 1
  return traversal
end

local function is_index(key)
  return mathtype(key) == "integer" and key > 0 and key < maxinteger
end

local function following(t, key)
  if rawequal(t, front) then t = behind end
  local traversal = traversals[t]
  if traversal and traversal.is_old then traversal = renewed(t, key) end
  if traversal and rawequal(traversal.keys[traversal.at], key) then
    traversal.looks = nil
    return go_on(t, traversal)
  end
  if not is_index(key) then return go_on(t, begin(t, 0, key)) end
  local value = rawget(t, key + 1)
  if value ~= nil then return key + 1, value end
  return go_on(t, begin(t, key, key))
end

function order.next(t, key)
  if type(t) ~= "table" then
    error(format("bad argument #1 to 'next' (table expected, got %s)", type(t)), 2)
  end
  if key == nil then return first(t) end
  local kind = mathtype(key)
  if kind == "integer" and key > 0 and key < maxinteger and not traversals[t] then -- as fast as can be in a list
    local value = rawget(t, key + 1)
    if value ~= nil then return key + 1, value end
  end
  return following(t, kind == "float" and tointeger(key) or key)
end

return order
