return System.run("git log | head")
