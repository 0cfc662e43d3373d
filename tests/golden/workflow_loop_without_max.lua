local polish = Workflow.loop {
  body = function(text) return ask("Polish this: " .. text).text end,
  done = function(text) return #text < 100 end,
}
return polish:run("a text")
