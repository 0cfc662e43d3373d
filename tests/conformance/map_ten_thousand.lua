-- 10,000 items at the default limit.
local list = {}
for i = 1, 10000 do list[i] = i end
local sum = 0
for i, n in ipairs(map(list, function(n) return Probe.echo(n) end)) do
  assert(i == n)
  sum = sum + n
end
return sum
