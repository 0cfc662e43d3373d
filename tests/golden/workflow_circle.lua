local function draft(inputs) return "text" end

local report = Workflow.graph {
  nodes = { outline = draft, write = draft, check = draft },
  edges = { { "outline", "write" }, { "write", "check" }, { "check", "outline" } },
}
return report:run()
