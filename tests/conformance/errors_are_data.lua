-- A caught error is a value like any other: it can be kept in the result, printed, or given to an op.
local kept = map({ 1, 2 }, function(n)
  if n == 2 then fail("two is wrong", { kind = "tool", hint = "leave it out" }) end
  return n
end, { on_error = "keep" })
local e = kept.failed[1].error
print(e)
print("it said", e)
Log.warn(e.message, { error = e })
local back = Probe.echo(e)
return { kept.ok, back.kind, back.message, back.hint, Json.decode(Json.encode(e)).message }
