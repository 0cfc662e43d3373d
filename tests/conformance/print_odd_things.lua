-- What is no data prints as something short that tells no address; print itself never fails.
local cycle = {}
cycle.self = cycle
print(nil)
print(cycle)
print(Probe.counter())
print(Probe)
print(print)
print(0 / 0 ~= 0 / 0, math.huge)
print({ 0 / 0 })
return "printed"
