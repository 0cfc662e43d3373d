-- expect: contained
-- profiles: high
-- limits: frame=16777216 memory=134217728 memory_hard=268435456
-- A question of 8 MiB, and details that are as large: no person is shown that, and the host does not dwell on it.
local big = ("x"):rep(8 * 1024 * 1024)
local deep = {}
for i = 1, 100000 do deep[i] = { i } end
for _, fn in ipairs {
  function() return approve(big) end,
  function() return approve("Go on?", { details = deep }) end,
  function() return Human.choose("Which?", { big }) end,
} do
  local tried = attempt(fn)
  if tried.ok or tried.error.kind ~= "args" then return tried.error.message end
end
return "contained"
