-- A bug of the host is told to the script without a word of the host in it.
local tried = attempt(Probe.crash)
return { tried.error.kind, tried.error.message, tried.error.hint }
