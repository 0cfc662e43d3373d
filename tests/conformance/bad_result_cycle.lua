local cycle = {}
cycle.self = cycle
return cycle
