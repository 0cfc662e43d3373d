-- tostring, concatenation and error() all give the message.
local _, e = pcall(Probe.fail, "it is full")
return { tostring(e), "so: " .. tostring(e), ("%s"):format(tostring(e)) }
