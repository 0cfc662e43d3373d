-- Builds from the host's surface, which is data, the globals that a spell sees. No op is known by name.

local guest = ...
local writer, faults, calls = guest.writer, guest.faults, guest.calls

local find, format, gsub, sub = string.find, string.format, string.gsub, string.sub
local ipairs, metatable, next, rawequal, rawset = ipairs, debug.getmetatable, next, rawequal, rawset
local select, setmetatable, type = select, setmetatable, type

local null, opens = writer.null, writer.opens

local function unchangeable(name, key)
  faults.raise({ kind = "script", message = format("`%s` cannot be changed", faults.member(name, key)) })
end

-- ---------------------------------------------------------------------------------------------------------------
-- Data that cannot be changed

local freeze

local function frozen(members, name)
  local copy = {}
  for key, value in next, members do copy[key] = freeze(value, faults.member(name, key)) end
  local meta = { __index = copy, __metatable = false }
  function meta.__newindex(_, key) unchangeable(name, key) end
  function meta.__len() return #copy end
  function meta.__pairs(object) return function(_, key) return next(copy, key) end, object end
  opens[meta] = function() return members end
  return setmetatable({}, meta)
end

function freeze(value, name)
  if type(value) ~= "table" or rawequal(value, null) then return value end
  return frozen(value, name)
end

-- A global with members; what it does not have is an error.
local function noun(name, members)
  local meta = { __name = name, __metatable = false }
  function meta.__index(_, key)
    local member = members[key]
    if member == nil then faults.undefined(faults.member(name, key)) end
    return member
  end
  function meta.__newindex(_, key) unchangeable(name, key) end
  function meta.__pairs(object) return function(_, key) return next(members, key) end, object end
  function meta.__tostring() return name end
  opens[meta] = function() return nil, nil, nil, "`" .. name .. "`" end
  return setmetatable({}, meta), meta
end

-- ---------------------------------------------------------------------------------------------------------------
-- Types of results

-- A map with the fields of a type; it converts to one of them.
local function value_type(entry)
  local name, text, known = entry.name, entry.text, {}
  for _, field in ipairs(entry.fields) do known[field] = true end
  local meta = { __name = name, __metatable = false }

  local function written(value)
    if not rawequal(metatable(value), meta) then return value end
    return value[text]
  end

  local function check(_, key)
    if not known[key] then faults.undefined(faults.member(name, key)) end
  end

  meta.__index = check
  function meta.__newindex(value, key, new)
    check(value, key)
    rawset(value, key, new)
  end
  if text and not rawequal(text, null) then
    function meta.__tostring(value)
      return type(value[text]) == "string" and value[text] or faults.shown(value[text])
    end
    function meta.__concat(left, right) return written(left) .. written(right) end
    function meta.__len(value) return #value[text] end
  end
  opens[meta] = function(value) return value, "$type", name end

  return function(fields)
    if type(fields) ~= "table" then return fields end
    for key, value in next, fields do
      if rawequal(value, null) then fields[key] = nil end
    end
    return setmetatable(fields, meta)
  end
end

-- The name of an op without what is before its dot.
local function last_word(op)
  return (gsub(op, "^.*%.", ""))
end

local prepare

-- An object of the host, known by its number.
local function handle_type(entry, types)
  local ids, ops = setmetatable({}, { __mode = "k" }), {}
  for _, op in ipairs(entry.ops) do ops[last_word(op.op)] = prepare(op, types) end
  local meta = { __name = entry.name, __metatable = false }
  function meta.__index(object, key)
    local op = ops[key]
    if not op then faults.undefined(faults.member(entry.name, key)) end
    return function(...)
      if rawequal((...), object) then return calls.call(op, ...) end
      return calls.call(op, object, ...)
    end
  end
  function meta.__newindex(_, key) unchangeable(entry.name, key) end
  function meta.__eq(left, right) return ids[left] == ids[right] end
  opens[meta] = function(object) return nil, "$handle", ids[object], "a handle" end

  return function(id)
    local object = setmetatable({}, meta)
    ids[object] = id
    return object
  end
end

local function build_types(entries)
  local types = {}
  for _, entry in ipairs(entries) do
    types[entry.name] = entry.handle == true and handle_type(entry, types) or value_type(entry)
  end
  return types
end

-- ---------------------------------------------------------------------------------------------------------------
-- Ops

-- The type of a result is looked up when it arrives: types may refer to each other in a circle.
function prepare(op, types)
  local returns = op.returns
  if returns and not rawequal(returns, null) then
    function op.convert(value)
      local make = types[returns]
      return make and make(value) or value
    end
  end
  op.notify, op.keeps = op.notify == true, op.keeps == true
  return op
end

local function binding(op, object)
  return function(...)
    if object and rawequal((...), object) then return calls.call(op, select(2, ...)) end
    return calls.call(op, ...)
  end
end

-- Puts what the host offers into the globals; returns the ops by name.
return function(surface, globals)
  local types, nouns, ops = build_types(surface.types or {}), {}, {}

  local function noun_of(name)
    if not nouns[name] then
      local members = {}
      local object, meta = noun(name, members)
      nouns[name] = { object = object, meta = meta, members = members }
      globals[name] = object
    end
    return nouns[name]
  end

  for name, value in next, surface.data or {} do
    if type(value) == "table" and not rawequal(value, null) then
      local members = noun_of(name).members
      for key, item in next, value do members[key] = freeze(item, faults.member(name, key)) end
    else
      globals[name] = value
    end
  end
  for _, op in ipairs(surface.ops) do
    ops[op.op] = prepare(op, types)
    local dot = find(op.op, ".", 1, true)
    if dot then
      local target = noun_of(sub(op.op, 1, dot - 1))
      target.members[last_word(op.op)] = binding(op, target.object)
    end
  end
  for name, op in next, ops do
    if not find(name, ".", 1, true) then
      if nouns[name] then
        nouns[name].meta.__call = function(_, ...) return calls.call(op, ...) end
      else
        globals[name] = binding(op)
      end
    end
  end
  return ops, noun
end
