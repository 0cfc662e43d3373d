-- What an op is called that is for the prelude alone, no script can call.
local function said(fn) return attempt(fn).error.message end
return {
  said(function() return _progress end), said(function() _progress("x", 1, 2, 0) end), said(function() return _G._progress end),
  said(function() return Run._progress end), rawget(_G, "_progress") == nil,
}
