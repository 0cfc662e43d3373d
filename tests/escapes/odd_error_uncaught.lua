-- expect: script
local e = { kind = "permission\0", message = { "no text" }, where = { file = "/etc/passwd", line = 1 }, trace = { { file = "/etc/passwd", line = 2 } },
  data = { deep = {} }, cause = print }
e.self = e
error(e)
