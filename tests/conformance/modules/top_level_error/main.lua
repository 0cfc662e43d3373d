require("lib.early")
print("never")
