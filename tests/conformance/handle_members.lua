-- A member that a handle does not have is an error with a suggestion.
local counter = Probe.counter()
counter:nxt() -- HERE
