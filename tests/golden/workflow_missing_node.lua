local function draft(inputs) return "text" end

local report = Workflow.graph {
  nodes = { outline = draft, write = { run = draft, depends_on = { "outlin" } } },
}
return report:run()
