-- One branch runs; what chooses it may ask for the key, and a reply counts as its text.
local flow = Workflow.branch {
  name = "triage",
  choose = function(ticket) return ask(ticket.kind) end,
  branches = { bug = function(ticket) return "fix " .. ticket.id end, praise = Workflow.sequence { steps = { function() return "thanks" end } } },
}
local other = Workflow.branch { choose = function(key) return key end, branches = { a = function() return 1 end }, default = function(key) return "no " .. key end }
local function lost(key) return attempt(function() return Workflow.branch { choose = function() return key end, branches = { b = print, a = print } }:run() end).error end
local unknown, nothing = lost("c"), lost(5)
return {
  flow:run({ kind = "bug", id = "7" }), flow:run({ kind = "praise" }), other:run("a"), other:run("z"),
  { unknown.kind, unknown.message, unknown.hint, nothing.kind, nothing.message },
}
