-- Several functions at once, each in a fiber of its own; the results find their callers.
local results = map({ 3, 1, 2 }, function(n)
  return Probe.apply(function(x)
    Probe.slow(x / 50)
    return x * 10
  end, { n })
end)
return results
