local triage = Workflow.branch {
  choose = function(ticket) return ticket.kind end,
  branches = { bug = function() return "fix it" end, praise = function() return "thanks" end },
}
return triage:run({ kind = "question" })
