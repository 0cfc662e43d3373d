-- Builds from the host's surface, which is data, the globals that a spell sees. No op is known by name.

local guest = ...
local writer, faults, calls = guest.writer, guest.faults, guest.calls

local byte, find, format, gsub, sub = string.byte, string.find, string.format, string.gsub, string.sub
local ipairs, metatable, next, rawequal, rawset = ipairs, debug.getmetatable, next, rawequal, rawset
local pcall, select, setmetatable, type = pcall, select, setmetatable, type

local null, makes, opens, binary_fields = writer.null, writer.makes, writer.opens, writer.binary_fields
local number, ordered = guest.order.number, guest.order.next

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
  function meta.__pairs(object) return function(_, key) return ordered(copy, key) end, object end
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
  function meta.__pairs(object) return function(_, key) return ordered(members, key) end, object end
  function meta.__tostring() return name end
  opens[meta] = function() return nil, nil, nil, "`" .. name .. "`" end
  return setmetatable({}, meta), meta
end

-- ---------------------------------------------------------------------------------------------------------------
-- Types of results

-- Says of an answer whose text is no JSON what it was instead, or why its JSON is none that a script can hold.
local function not_json(value, problem, hint)
  if hint then
    faults.raise({ kind = "http", message = "the JSON of the reply cannot be read: " .. problem, hint = hint })
  end
  local kind = value.headers and value.headers["content-type"]
  local message = format("the reply is not JSON: status %s, %s", faults.shown(value.status), kind or "of no type")
  faults.raise({ kind = "http", message = message, hint = "its text is in `.text`", cause = problem })
end

-- Makes the function that reads a field which is the JSON of another, once for each text.
local function reader_of(source)
  local read = setmetatable({}, guest.weak) -- value -> its text, and what that means
  return function(value)
    local known = read[value]
    if not known or known.text ~= value[source] then
      local ok, data = pcall(guest.reader.decode, value[source])
      if not ok and type(data) == "table" then not_json(value, data.problem, data.hint) end
      if not ok then not_json(value) end
      known = { text = value[source], data = data }
      read[value] = known
    end
    return known.data
  end
end

-- A map with the fields of a type; it converts to one of them.
local function value_type(entry)
  local name, text, known, lazy = entry.name, entry.text, {}, {}
  for field, source in next, entry.lazy or {} do lazy[field] = reader_of(source) end
  for _, field in ipairs(entry.fields) do known[field] = true end
  for _, field in ipairs(entry.bytes or {}) do
    binary_fields[name] = binary_fields[name] or {}
    binary_fields[name][field] = true
  end
  local meta = { __name = name, __metatable = false }

  local function written(value)
    if not rawequal(metatable(value), meta) then return value end
    return value[text]
  end

  local function check(_, key)
    if not known[key] then faults.undefined(faults.member(name, key)) end
  end

  function meta.__index(value, key)
    local read = lazy[key]
    if read then return read(value) end
    check(value, key)
  end
  function meta.__newindex(value, key, new)
    if lazy[key] then unchangeable(name, key) end
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

  makes[name] = function(fields)
    if type(fields) ~= "table" then return fields end
    for key, value in next, fields do
      if rawequal(value, null) then fields[key] = nil end
    end
    return setmetatable(fields, meta)
  end
  return makes[name]
end

-- The name of an op without what is before its dot.
local function last_word(op)
  return (gsub(op, "^.*%.", ""))
end

local prepare

-- An object that the host knows by its label, `[secret:mail]`: that is what people see of it, and no text for a script.
local function label_type(entry)
  local labels, meta = setmetatable({}, guest.weak), { __name = entry.name, __metatable = false }
  local noun = "a " .. entry.name
  local function refuse()
    faults.raise({ kind = "script", message = noun .. " is no text", hint = "give it to a function of llmspell as it is" })
  end
  function meta.__index(object, key)
    if key == entry.label then return (gsub(labels[object], "^.*:(.*)%]$", "%1")) end
    faults.undefined(faults.member(entry.name, key))
  end
  function meta.__newindex(_, key) unchangeable(entry.name, key) end
  function meta.__eq(left, right) return labels[left] == labels[right] end
  function meta.__tostring(object) return labels[object] end
  meta.__concat, meta.__len = refuse, refuse
  opens[meta] = function(object) return nil, "$handle", labels[object], noun end

  return function(label)
    local object = setmetatable({}, meta)
    number(object)
    labels[object] = label
    return object
  end
end

-- An object of the host, known by its number.
local function handle_type(entry, types)
  if entry.label then return label_type(entry) end
  local ids, ops = setmetatable({}, guest.weak), {}
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
    number(object)
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

-- Whether scripts see an op: not the ones that are for the prelude alone.
local function is_public(name)
  return byte(name) ~= 0x5f -- an underscore
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
    if dot and is_public(op.op) then
      local target = noun_of(sub(op.op, 1, dot - 1))
      target.members[last_word(op.op)] = binding(op, target.object)
    end
  end
  for name, op in next, ops do
    if is_public(name) and not find(name, ".", 1, true) then
      if nouns[name] then
        nouns[name].meta.__call = function(_, ...) return calls.call(op, ...) end
      else
        globals[name] = binding(op)
      end
    end
  end
  return ops, noun
end
