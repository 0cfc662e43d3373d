-- The clock of a run: it shows what the host said last, always in UTC. No other clock is in reach of a spell.

local guest = ...
local faults = guest.faults

local date, difftime = os.date, os.difftime
local tointeger = math.tointeger
local error, format, pcall, sub, type = error, string.format, pcall, string.sub, type

local clock = { library = { difftime = difftime } }

local began, now -- milliseconds since the epoch

-- Sets the clock.
function clock.set(milliseconds)
  began = began or milliseconds
  now = milliseconds
end

local function seconds()
  return (now or 0) // 1000
end

-- Seconds since the run began.
function clock.library.clock()
  return ((now or 0) - (began or 0)) / 1000
end

function clock.library.date(pattern, time)
  if pattern == nil then pattern = "%c" end
  if type(pattern) == "string" and sub(pattern, 1, 1) ~= "!" then pattern = "!" .. pattern end
  if time == nil then time = seconds() end
  return faults.native(date, pattern, time)
end

-- ---------------------------------------------------------------------------------------------------------------
-- From the fields of a date to its time, as C's `mktime` does it, in UTC

local LARGEST = 0x7fffffff
local TOO_FAR = "time result cannot be represented in this installation"

-- Returns a field; `base` is what C counts it from, which bounds what it can be.
local function field(fields, name, default, base)
  local value = fields[name]
  local number = tointeger(value)
  if not number then
    if value ~= nil then error(format("field '%s' is not an integer", name), 0) end
    if not default then error(format("field '%s' missing in date table", name), 0) end
    return default
  end
  if number > LARGEST + base or number < -LARGEST - 1 + base then
    error(format("field '%s' is out-of-bound", name), 0)
  end
  return number
end

-- Returns the days from the epoch to a day; a month or a day that there is not counts on into the next.
local function days(year, month, day)
  month = month - 3 -- years begin in March here, and so end with the day that some lack
  year, month = year + month // 12, month % 12
  local century = year // 100
  return 365 * year + year // 4 - century + century // 4 + (153 * month + 2) // 5 + day - 719469
end

local NORMAL = { "year", "month", "day", "hour", "min", "sec", "yday", "wday", "isdst" }

local function time_of(fields)
  local year, month = field(fields, "year", nil, 1900), field(fields, "month", nil, 1)
  local day, hour = field(fields, "day", nil, 0), field(fields, "hour", 12, 0)
  local minute, second = field(fields, "min", 0, 0), field(fields, "sec", 0, 0)
  local time = ((days(year, month, day) * 24 + hour) * 60 + minute) * 60 + second
  local ok, normal = pcall(date, "!*t", time)
  if not ok or time == -1 then error(TOO_FAR, 0) end
  for i = 1, #NORMAL do fields[NORMAL[i]] = normal[NORMAL[i]] end
  return time
end

function clock.library.time(fields)
  if fields == nil then return seconds() end
  if type(fields) ~= "table" then
    error(format("bad argument #1 to 'time' (table expected, got %s)", type(fields)), 2)
  end
  return faults.native(time_of, fields)
end

return clock
