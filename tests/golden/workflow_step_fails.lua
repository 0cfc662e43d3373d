local draft = Workflow.sequence {
  name = "draft",
  steps = {
    function(topic) return "on " .. topic end,
    { name = "check", run = function(text)
      fail("nothing is known " .. text, { hint = "take another topic" })
    end },
  },
}
local report = Workflow.parallel { name = "report", branches = { summary = draft } }
return report:run("dragons")
