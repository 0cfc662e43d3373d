-- Where Lua itself calls a metamethod there is no waiting; the words are the same everywhere, and the cure is said.
local waits = setmetatable({}, {
  __tostring = function() return ask("x").text end,
  __index = function() return ask("x").text end,
  __close = function() return ask("x").text end,
})
local function closes()
  local co = coroutine.create(function()
    local open <close> = waits
    coroutine.yield(open)
  end)
  coroutine.resume(co)
  local _, problem = coroutine.close(co)
  error(problem)
end
local tried = {}
for i, fn in ipairs {
  function() return tostring(waits) end, function() print(waits) end, function() for _ in ipairs(waits) do end end,
  function() return table.concat(setmetatable({}, { __len = function() return ask("x") end })) end, closes,
} do
  local error = attempt(fn).error
  tried[i] = { error.message, error.hint }
end
for i = 2, #tried do assert(tried[i][1] == tried[1][1] and tried[i][2] == tried[1][2], i) end
return { #tried, tried[1] }
