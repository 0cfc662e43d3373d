-- A cancelled call frees its place at once, and one that was held back is never made.
local function many(fn)
  local fns = {}
  for i = 1, 300 do fns[i] = fn end
  return fns
end
for _ = 1, 3 do
  local tried = attempt(function()
    timeout(0.02, function() parallel(many(function() Watch.hang() end)) end)
  end)
  assert(tried.error.kind == "timeout")
end
return { #parallel(many(function() return Probe.echo(1) end)), Watch.cancelled() }
