-- The global `Workflow`: what its functions are given is checked here, before anything runs.

local guest = ...
local writer, faults, arguments, flows = guest.writer, guest.faults, guest.arguments, guest.flows

local concat, format, huge, sort = table.concat, string.format, math.huge, table.sort
local next, rawequal, select, type = next, rawequal, select, type

local is_any, is_string, is_callable = arguments.is_any, arguments.is_string, arguments.is_callable
local length, option, options = arguments.length, arguments.option, arguments.options
local step_of, wrong = flows.step, arguments.wrong
local take, work = flows.take, flows.work

local NAMES = 20 -- that an error lists at most

-- ---------------------------------------------------------------------------------------------------------------
-- Options

local function is_table(value) return type(value) == "table" and not rawequal(value, writer.null) end

local LIMIT, ON_ERROR = arguments.OF_PARALLEL[1], arguments.OF_PARALLEL[2]
local NAME = option("name", arguments.NAME, arguments.is_name)
local RUN = option("run", "a function or a flow", is_any)
local TIMEOUT = option("timeout", "", is_any)
local RETRY = option("retry", "", is_any)
local NEEDS = option("depends_on", "", is_any)
local OF_STEP = { RUN, TIMEOUT, RETRY, ON_ERROR }
local OF_NAMED_STEP = { NAME, RUN, TIMEOUT, RETRY, ON_ERROR }
local OF_NODE = { RUN, NEEDS, TIMEOUT, RETRY, ON_ERROR }

local STEPS = option("steps", "a list of steps", is_table)
local BRANCHES = option("branches", "a map of steps", is_table)
local EDGES = option("edges", "a list of pairs of names of nodes", is_table)
local NODES = option("nodes", "a map of nodes", is_table)

local OF_SEQUENCE = { NAME, STEPS }
local OF_PARALLEL = { NAME, BRANCHES, LIMIT, ON_ERROR }
local OF_BRANCH = { NAME, option("choose", "a function", is_callable), BRANCHES, option("default", "", is_any) }
local OF_LOOP = {
  NAME, option("max", "", is_any), option("start", "", is_any),
  option("body", "", is_any), option("done", "a function", is_callable),
}
local OF_GRAPH = {
  NAME, NODES, EDGES, LIMIT, ON_ERROR,
  option("last", "the name of a node", is_string),
}

-- Returns the options of a constructor; those of `known` that are named must be there.
local function checked(verb, given, known, ...)
  local chosen = options(verb, given, known)
  for i = 1, #known do
    for j = 1, select("#", ...) do
      local needed = select(j, ...)
      if known[i].name == needed and chosen[needed] == nil then wrong(verb, needed, known[i].wanted, nil) end
    end
  end
  return chosen
end

-- The names of a map in their order.
local function names_of(verb, parameter, map, wanted)
  local names = {}
  for name in next, map do
    if not arguments.is_name(name) then wrong(verb, parameter, wanted, map) end
    names[#names + 1] = name
  end
  sort(names)
  return names
end

local function listed(names)
  if #names == 0 then return "none" end
  if #names <= NAMES then return concat(names, ", ") end
  return concat(names, ", ", 1, NAMES) .. format(", … %d more", #names - NAMES)
end

local function refuse(message, hint)
  faults.raise({ kind = "args", message = message, hint = hint })
end

-- ---------------------------------------------------------------------------------------------------------------
-- One after another

local build = {}

function build.sequence(verb, given)
  local chosen = checked(verb, given, OF_SEQUENCE, "steps")
  local list, steps = chosen.steps, {}
  for i = 1, length(verb, "steps", list, STEPS.wanted) do
    steps[i] = step_of(verb, format("steps[%d]", i), list[i], OF_NAMED_STEP)
  end
  return chosen, function(value, path)
    for i = 1, #steps do value = take(steps[i], path .. "/" .. (steps[i].title or i), value, i, value) end
    return value
  end
end

-- The key that was chosen: a string, or a reply, which counts as its text.
local function key_of(verb, value)
  if type(value) == "string" then return value end
  if type(value) == "table" and arguments.has_text(value) then return arguments.text_of(verb, "choose", value) end
  local message = format("%s: `choose` must return a string, got %s", verb, faults.shown(value))
  faults.raise({ kind = "script", message = message })
end

function build.branch(verb, given)
  local chosen = checked(verb, given, OF_BRANCH, "choose", "branches")
  local names, steps = names_of(verb, "branches", chosen.branches, BRANCHES.wanted), {}
  for i = 1, #names do
    steps[names[i]] = step_of(verb, "branches." .. names[i], chosen.branches[names[i]], OF_STEP)
  end
  local default = chosen.default ~= nil and step_of(verb, "default", chosen.default, OF_STEP)
  local choose = step_of(verb, "choose", chosen.choose, OF_STEP)
  return chosen, function(value, path)
    local key = key_of(verb, take(choose, path .. "/choose", value))
    if steps[key] then return take(steps[key], path .. "/" .. key, value, nil, value) end
    if default then return take(default, path .. "/default", value, nil, value) end
    local message = format("%s: `choose` returned %s, which is no branch", verb, faults.shown(key))
    local hint = format("branches: %s; or give a `default`", listed(names))
    faults.raise({ kind = "script", message = message, hint = hint })
  end
end

function build.loop(verb, given)
  local chosen = options(verb, given, OF_LOOP)
  local rounds = arguments.count_of(chosen.max)
  if not rounds then
    local message = format("%s: `max` must be a positive integer, got %s", verb, faults.shown(chosen.max))
    refuse(message, "nothing else is sure to end a loop: `max` is the number of rounds after which it ends, done or not")
  end
  local body = step_of(verb, "body", chosen.body, OF_STEP)
  local done = chosen.done and step_of(verb, "done", chosen.done, OF_STEP)
  return chosen, function(value, path)
    if value == nil then value = chosen.start end
    for i = 1, rounds do
      value = take(body, path .. "/" .. i, value, i, value)
      if done and take(done, path .. "/" .. i .. "/done", value, i) then break end
    end
    return value
  end
end

-- ---------------------------------------------------------------------------------------------------------------
-- Side by side

-- Makes a job of each step of a map; returns them, and whether the failure of any is kept.
local function jobs_of(verb, parameter, chosen, known, wanted)
  local map = chosen[parameter]
  local names, jobs, keeps = names_of(verb, parameter, map, wanted), {}, false
  for i = 1, #names do
    local step, given = step_of(verb, parameter .. "." .. names[i], map[names[i]], known)
    if not step.decides then step.keeps = chosen.on_error == "keep" end
    keeps = keeps or step.keeps
    jobs[i] = { name = names[i], step = step, needs = {}, feeds = {}, after = given.depends_on }
  end
  return jobs, keeps or chosen.on_error == "keep", names
end

local function by_name(jobs, values)
  local map = {}
  for i = 1, #jobs do map[jobs[i].name] = values[i] end
  return map
end

-- What comes of jobs of which some may have failed.
local function kept(jobs, group, values)
  local failed, skipped = {}, {}
  writer.lists[failed], writer.lists[skipped] = true, true
  for i = 1, #jobs do
    if not group[i] then
      skipped[#skipped + 1] = jobs[i].name
    elseif not group[i].ok then
      failed[#failed + 1] = { item = jobs[i].name, error = group[i].value }
    end
  end
  return { ok = by_name(jobs, values), failed = failed, skipped = skipped }
end

function build.parallel(verb, given)
  local chosen = checked(verb, given, OF_PARALLEL, "branches")
  local jobs, keeps = jobs_of(verb, "branches", chosen, OF_STEP, BRANCHES.wanted)
  return chosen, function(input, path)
    local group, values = work(jobs, chosen.limit or huge, path, keeps, function() return input end)
    return keeps and kept(jobs, group, values) or by_name(jobs, values)
  end
end

-- ---------------------------------------------------------------------------------------------------------------
-- Graphs

local function connect(jobs, before, after, seen)
  local pair = before .. " " .. after
  if seen[pair] then return end
  seen[pair] = true
  local needs, feeds = jobs[after].needs, jobs[before].feeds
  needs[#needs + 1], feeds[#feeds + 1] = before, after
end

local function node_at(verb, numbers, name, names, what)
  if numbers[name] then return numbers[name] end
  local shown = type(name) == "string" and "`" .. name .. "`" or faults.shown(name)
  refuse(format("%s: %s %s, which is no node", verb, what, shown), "nodes: " .. listed(names))
end

local function connect_needs(verb, jobs, numbers, names, seen)
  for i = 1, #jobs do
    local list = jobs[i].after == nil and {} or jobs[i].after
    local parameter = format("nodes.%s.depends_on", jobs[i].name)
    for j = 1, length(verb, parameter, list, "a list of names of nodes") do
      local what = format("node `%s` depends on", jobs[i].name)
      connect(jobs, node_at(verb, numbers, list[j], names, what), i, seen)
    end
  end
end

local PAIR = "a pair of names of nodes"

local function connect_edges(verb, jobs, numbers, names, edges, seen)
  for i = 1, length(verb, "edges", edges, EDGES.wanted) do
    local edge, parameter = edges[i], format("edges[%d]", i)
    if length(verb, parameter, edge, PAIR) ~= 2 then wrong(verb, parameter, PAIR, edge) end
    local what = format("`edges[%d]` names", i)
    local before = node_at(verb, numbers, edge[1], names, what)
    connect(jobs, before, node_at(verb, numbers, edge[2], names, what), seen)
  end
end

-- The numbers of the jobs that never get their turn, because they wait for each other or for such as do.
local function stuck(jobs)
  local open, ready, turn, left = {}, {}, 1, {}
  for i = 1, #jobs do
    open[i] = #jobs[i].needs
    if open[i] == 0 then ready[#ready + 1] = i end
  end
  while turn <= #ready do
    local feeds = jobs[ready[turn]].feeds
    for i = 1, #feeds do
      open[feeds[i]] = open[feeds[i]] - 1
      if open[feeds[i]] == 0 then ready[#ready + 1] = feeds[i] end
    end
    turn = turn + 1
  end
  for i = 1, #jobs do
    if open[i] > 0 then left[i] = true end
  end
  return left
end

-- Follows from a stuck job what it waits for until one comes twice; returns that circle, in the order of the edges,
-- beginning with the least of its numbers.
local function circle(jobs, left)
  local at, walk, seen = next(left), {}, {}
  for number in next, left do
    if number < at then at = number end
  end
  while not seen[at] do
    walk[#walk + 1] = at
    seen[at] = #walk
    local needs = jobs[at].needs
    for i = #needs, 1, -1 do
      if left[needs[i]] then at = needs[i] end
    end
  end
  local first, least, ring = seen[at], #walk, {}
  for i = first, #walk do
    if walk[i] < walk[least] then least = i end
  end
  local length = #walk - first + 1
  for i = 0, length do ring[i + 1] = jobs[walk[first + (least - first - i) % length]].name end
  return ring
end

local function refuse_circles(verb, jobs)
  local left = stuck(jobs)
  if next(left) == nil then return end
  local ring = circle(jobs, left)
  local text = concat(ring, " -> ", 1, #ring > NAMES and NAMES or #ring)
  if #ring > NAMES then text = text .. format(" -> … %d more … -> %s", #ring - NAMES - 1, ring[1]) end
  refuse(format("%s: the nodes wait for each other in a circle: %s", verb, text), "take one of these edges away")
end

-- The number of the node whose value is the result of the graph, if there is one.
local function last_of(verb, jobs, numbers, names, last)
  if last then return node_at(verb, numbers, last, names, "`last` is") end
  local found
  for i = 1, #jobs do
    if #jobs[i].feeds == 0 then
      if found then return end
      found = i
    end
  end
  return found
end

-- What a node is called with. A flow takes one value: where it depends on nothing, that is the input of the graph.
local function given_to(jobs, job, values, input)
  if job.step.flow and #job.needs == 0 then return input end
  local inputs = {}
  for i = 1, #job.needs do inputs[jobs[job.needs[i]].name] = values[job.needs[i]] end
  return inputs, input
end

function build.graph(verb, given)
  local chosen = checked(verb, given, OF_GRAPH, "nodes")
  local jobs, keeps, names = jobs_of(verb, "nodes", chosen, OF_NODE, NODES.wanted)
  local numbers, seen = {}, {}
  for i = 1, #names do numbers[names[i]] = i end
  connect_needs(verb, jobs, numbers, names, seen)
  connect_edges(verb, jobs, numbers, names, chosen.edges or {}, seen)
  refuse_circles(verb, jobs)
  local last = last_of(verb, jobs, numbers, names, chosen.last)
  return chosen, function(input, path)
    local group, values = work(jobs, chosen.limit or huge, path, keeps, function(job, done)
      return given_to(jobs, job, done, input)
    end)
    if keeps then return kept(jobs, group, values) end
    if last then return values[last] end
    return by_name(jobs, values)
  end
end

-- ---------------------------------------------------------------------------------------------------------------
-- The global

-- Returns the global, which `noun` makes.
return function(noun)
  local members = {}
  local object = noun("Workflow", members)
  for kind, make in next, build do
    local verb = "Workflow." .. kind
    local build_flow = arguments.bounded(verb, "options", function(given)
      local chosen, perform = make(verb, given)
      return flows.flow(kind, chosen.name, perform)
    end)
    members[kind] = function(...)
      if rawequal((...), object) then return build_flow(select(2, ...)) end
      return build_flow(...)
    end
  end
  return object
end
