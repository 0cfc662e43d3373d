-- expect: contained
-- A memory error can be caught, and the spell goes on with what it has freed.
for _ = 1, 3 do
  local tried = attempt(function()
    local t = {}
    while true do t[#t + 1] = ("x"):rep(100000) .. #t end
  end)
  if tried.ok then return "no error" end
end
return Probe.echo("contained")
