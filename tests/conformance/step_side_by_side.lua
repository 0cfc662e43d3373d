-- Those who call a step while it runs wait for it.
local values = map({ 1, 2, 3, 4 }, function(n)
  return step("slow", function()
    Watch.note(n)
    return Probe.slow(0.01, { n })
  end)
end)
values[1][1] = "mine"
return values
