-- A call that spans lines is blamed on the line where it begins.
local value = 1

Probe.typed( -- HERE
  "a",
  "b"
)
