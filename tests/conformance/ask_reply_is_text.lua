-- A reply behaves as its text where text is wanted.
local reply = ask("forty two")
print(reply)
print("it is", reply)
return { tostring(reply), "<" .. reply .. ">", reply .. reply, ("%s"):format(reply), Probe.typed(reply) }
