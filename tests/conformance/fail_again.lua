-- fail takes text, what counts as text, and an error, which it raises as it was; anything else is a wrong argument.
local function said(...)
  local args = table.pack(...)
  local e = attempt(function() fail(table.unpack(args, 1, args.n)) end).error
  return { e.kind, e.message }
end
local caught = attempt(function() Probe.fail("no ink", "tool") end).error
local again = attempt(function() fail(caught) end).error
return {
  said(ask("x", { model = "echo" })), said(caught), again == caught, again.hint, again.retryable, again.where.line == caught.where.line,
  said(caught, { kind = "http" })[1], said(Log)[1], said(Json.null)[1], said(Probe.counter())[1], said({ kind = "http", message = "x" })[1], said()[1],
  said("x", { kind = "odd" }),
}
