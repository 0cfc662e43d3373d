-- Each slip in a request has its message.
local function wrong(...)
  local args = table.pack(...)
  local tried = attempt(function() return ask(table.unpack(args, 1, args.n)) end)
  return { tried.error.kind, tried.error.message, tried.error.hint or Json.null }
end
return {
  wrong(),
  wrong(5),
  wrong("hi", { tempreature = 1 }),
  wrong("hi", { max_tokens = 0 }),
  wrong("hi", { max_tokens = "many" }),
  wrong("hi", { timeout = "soon" }),
  wrong("hi", { schema = { year = { type = "integr" } } }),
  wrong("hi", { model = "ecko" }),
  wrong("hi", { on_text = "print" }),
  wrong("hi", "echo"),
  wrong("{{nobody}}", { vars = {} }),
  wrong("{{a", { vars = { a = 1 } }),
}
