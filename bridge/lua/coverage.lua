-- Which lines of the spell have run: noted by a hook in each thread, and told when the run ends.

local guest = ...
local faults, fibers, calls = guest.faults, guest.fibers, guest.calls

local getinfo, sethook = debug.getinfo, debug.sethook
local next, sort = next, table.sort

local coverage = {}

local ran = {} -- source -> line -> true

local function hook(_, line)
  local source = getinfo(2, "S").source
  local lines = ran[source]
  if lines == nil then
    lines = faults.file(source) and {} or false
    ran[source] = lines
  end
  if lines then lines[line] = true end
end

local function tell(op)
  local sources = {}
  for source, lines in next, ran do
    if lines then sources[#sources + 1] = source end
  end
  sort(sources)
  for i = 1, #sources do
    local lines = {}
    for line in next, ran[sources[i]] do lines[#lines + 1] = line end
    sort(lines)
    calls.notify(op, nil, faults.file(sources[i]), lines)
  end
end

-- Begins to note lines; `op` is what they are told by.
function coverage.begin(op)
  function fibers.watch(thread) sethook(thread, hook, "l") end
  function calls.on_end() tell(op) end
end

return coverage
