-- Two that want a module at once get the same; it is loaded once.
local found = parallel {
  function() return require("lib.slow") end,
  function() return require("lib.slow") end,
}
return { found[1].state, found[2].state, found[1] == found[2] and 1 or 0 }
