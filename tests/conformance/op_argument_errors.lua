-- A wrong argument is an error that names the parameter, and says how the op is written.
local function wrong(...)
  local args = table.pack(...)
  local tried = attempt(function() return Probe.typed(table.unpack(args, 1, args.n)) end)
  return { tried.error.kind, tried.error.message, tried.error.hint or Json.null }
end
return {
  wrong(),
  wrong(1),
  wrong("a", "x"),
  wrong("a", 1.5),
  wrong("a", 1, { lod = true }),
  wrong("a", 1, { loud = "yes" }),
  wrong("a", 1, { items = { "b", 2 } }),
  wrong("a", 1, "loud"),
  wrong("a", 1, { loud = true }, 4),
  wrong(true),
}
