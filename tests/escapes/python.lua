-- expect: contained
-- Nothing of Python can be reached, and no value is of a kind that Lua did not make.
local tries = {
  function() return python.eval("1") end, function() return python.builtins end, function() return lupa end,
  function() return python.as_attrgetter end, function() return python.none.__class__ end,
}
for i, fn in ipairs(tries) do if pcall(fn) then return "try " .. i end end
local seen, count, found = {}, 0, nil
local function walk(value, path)
  if type(value) == "userdata" or type(value) == "thread" then found = path end
  if (type(value) ~= "table" and type(value) ~= "string") or seen[value] or count > 5000 then return end
  seen[value] = true
  count = count + 1
  local meta = getmetatable(value)
  if type(meta) == "table" then walk(meta, path .. "!") end
  if type(value) ~= "table" then return end
  for key, item in next, value do
    walk(key, path .. ".key")
    walk(item, path .. "." .. tostring(key))
  end
end
local _, fault = pcall(Probe.fail, "x")
local _, own = pcall(error, "x")
for name, root in pairs { G = _G, text = "", reply = ask("x"), counter = Probe.counter(), run = Run, fault = fault, own = own, task = spawn(function() end) } do
  walk(root, name)
end
return found or "contained"
