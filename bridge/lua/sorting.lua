-- table.sort with the same outcome in every run. Lua's own asks the time where it has divided a large list badly, and
-- then calls the comparator in another order. It does not so with short lists: a long one is sorted in pieces.

local guest = ...
local faults = guest.faults

local gsub, mathtype, min, move, sort, type = string.gsub, math.type, math.min, table.move, table.sort, type

local PIECE = 100 -- Lua asks the time from 128 items on
local MOST = 0x7fffffff -- and sorts no more

local function is_less(left, right)
  return left < right
end

-- Whether Lua's own order of comparing cannot show: what is equal is the same, or not all can be compared at all.
local function is_safe(items, n)
  local kind, has_float = type(items[1]), false
  for i = 1, n do
    if type(items[i]) ~= kind then return true end
    has_float = has_float or mathtype(items[i]) == "float"
  end
  return kind ~= "table" and not has_float
end

local function merge(from, to, low, middle, high, compare)
  local left, right = low, middle
  for i = low, high - 1 do
    if left < middle and (right >= high or not compare(from[right], from[left])) then
      to[i] = from[left]
      left = left + 1
    else
      to[i] = from[right]
      right = right + 1
    end
  end
end

-- Returns a list with the sorted items of another, of which every so many are sorted already.
local function merged(items, n, compare)
  local others, width = {}, PIECE
  while width < n do
    for low = 1, n, 2 * width do
      merge(items, others, low, min(low + width, n + 1), min(low + 2 * width, n + 1), compare)
    end
    items, others, width = others, items, 2 * width
  end
  return items
end

local function sort_long(t, n, compare)
  local items = move(t, 1, n, 1, {})
  if not compare and is_safe(items, n) then return sort(t) end
  for low = 1, n, PIECE do
    local piece = move(items, low, min(low + PIECE - 1, n), 1, {})
    sort(piece, compare)
    move(piece, 1, #piece, low, items)
  end
  -- Inside the callback the comparator can wait as little as inside of `sort`.
  gsub(".", ".", function() move(merged(items, n, compare or is_less), 1, n, 1, t) end)
end

return function(...)
  local t, compare = ...
  local n = type(t) == "table" and #t
  local is_long = mathtype(n) == "integer" and n > PIECE and n < MOST
  if type(compare) ~= "function" then
    if is_long and compare == nil then return faults.native(sort_long, t, n) end
    return faults.native(sort, ...)
  end
  if is_long then return sort_long(t, n, compare) end
  sort(...)
end
