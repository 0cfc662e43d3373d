-- Functions side by side: the fibers that a verb starts and waits for.

local guest = ...
local writer, faults, fibers, calls = guest.writer, guest.faults, guest.fibers, guest.calls

local error = error

local REPORTS = 10000 -- how often a run tells people how far it is

local groups = {}

local progress -- the op that tells people how far a run is
local reported = 0

-- Names the op by which people are told how far a group is.
function groups.report_by(op)
  progress = op
end

-- Refuses a verb where it cannot wait.
function groups.check(verb)
  fibers.check()
  fibers.must_wait(verb)
end

-- Runs what start(i) returns, a function and its arguments, for 1 to n, at most `limit` at once, and waits until all
-- have ended. When decides(child) holds for one that has ended, the others are cancelled and it is returned. The
-- children stay in `group`, by their number; with `keeps` all of them, even where the run is stopped meanwhile.
function groups.together(n, limit, start, decides, keeps)
  local parent, site, gate = fibers.current(), faults.here() or fibers.current().site, {}
  local group, launched, live, decisive = {}, 0, 0, nil
  local launch

  local function ended(child)
    live = live - 1
    if not decisive and not parent.cancelled and decides(child) then
      decisive = child
      for i = 1, launched do fibers.cancel(group[i], "no longer needed") end
    end
    launch()
    if live == 0 then fibers.wake(parent, gate, true) end
  end

  function launch()
    local goes_on = not parent.cancelled or keeps and fibers.stopping()
    while launched < n and live < limit and not decisive and goes_on do
      launched, live = launched + 1, live + 1
      group[launched] = fibers.start(parent, start(launched))
      group[launched].site, group[launched].on_end = site, ended
    end
  end

  launch()
  parent.keeps = keeps
  if live > 0 then fibers.wait(gate) end
  parent.keeps = nil
  return group, decisive
end

function groups.never() return false end
function groups.failed(child) return not child.ok end
function groups.always() return true end

-- Raises the error of a child in its parent.
function groups.raise(fault)
  faults.extend(fault)
  error(fault, 0)
end

-- ---------------------------------------------------------------------------------------------------------------
-- How far a group is

-- Returns what counts a child that has ended, and what tells people: at first, at each full percent, and at the end.
local function meter(name, total)
  local place, done, failed, told = faults.here(), 0, 0, nil

  local function tell()
    if told == done or reported == REPORTS then return end
    told, reported = done, reported + 1
    calls.notify(progress, place, name, done, total, failed)
  end

  local function count(child)
    done = done + 1
    if not child.ok then failed = failed + 1 end
    if done * 100 // total > (told or 0) * 100 // total then tell() end
  end

  return count, tell
end

local function nothing() end

-- Makes `decides` count, where a group has a name by which people are told of it; also returns what tells them.
local function metered(name, total, decides)
  if not name or not progress then return decides, nothing end
  local count, tell = meter(name, total)
  return function(child)
    count(child)
    return decides(child)
  end, tell
end

-- ---------------------------------------------------------------------------------------------------------------
-- Results

-- A list cannot hold nil: a result that is nil stands in it as null.
local function results(group, keys)
  local found = {}
  if not keys then writer.lists[found] = true end
  for i = 1, #group do
    local value = group[i].value
    if keys then found[keys[i]] = value elseif value == nil then found[i] = writer.null else found[i] = value end
  end
  return found
end

-- What `on_error = "keep"` returns: the results, and what failed with which error.
local function kept(group, keys, items)
  local good, ok, bad = {}, {}, {}
  writer.lists[bad] = true
  for i = 1, #group do
    local child = group[i]
    if child.ok then
      good[#good + 1] = child
      if keys then ok[keys[i]] = child.value end
    else
      bad[#bad + 1] = { item = items[i], error = child.value }
    end
  end
  return { ok = keys and ok or results(good), failed = bad }
end

-- Runs what start(i) returns for 1 to n and returns the results, as `given` says: limit, name, on_error.
function groups.side_by_side(n, given, limit, start, keys, items)
  local keep = given.on_error == "keep"
  local decides, tell = metered(given.name, n, keep and groups.never or groups.failed)
  tell()
  local group, decisive = groups.together(n, given.limit or limit, start, decides, keep)
  tell()
  if decisive then groups.raise(decisive.value) end
  if keep then return kept(group, keys, items) end
  return results(group, keys)
end

return groups
