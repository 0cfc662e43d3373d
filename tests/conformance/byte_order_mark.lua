-- The runner puts a byte order mark before this file.
print("runs")
fail("line three") -- HERE
