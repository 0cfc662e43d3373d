-- What is wrong with a text is named, and where it can be mended.
local function told(fn, ...)
  local args = { ... }
  local error = attempt(function() return fn(table.unpack(args)) end).error
  return { error.kind, error.message, error.hint or false }
end
return {
  told(Text.csv, "a,b\n1,2\n3"), told(Text.csv, 'a,"b'), told(Text.csv, '"a"b'), told(Text.csv, "a,a"), told(Text.csv, "a,"), told(Text.csv, "a", { separator = "" }),
  told(Text.csv, (","):rep(1000001)), told(Text.csv, "a", { head = true }), told(Text.chunk, "x", { size = 0 }), told(Text.chunk, "x", { size = 4, overlap = 3 }),
  told(Text.chunk, ("x"):rep(200001), { size = 1 }), told(Text.slug, "?!"),
}
