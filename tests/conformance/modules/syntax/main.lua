-- Nothing runs if a module cannot.
print("runs")
require("lib.wrong")
