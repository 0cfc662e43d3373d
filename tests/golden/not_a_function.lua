local report = { title = "x" }
report.render()
