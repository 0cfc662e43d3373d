-- What is no data prints as something short that tells no address.
print(nil, 0 / 0 ~= 0 / 0)
print((tostring(print):gsub("[%w:]+", "")))
local cycle = {}
cycle.self = cycle
print(cycle)
print(Probe.counter())
print(Probe)
