-- expect: contained
-- Compiled code that Lua itself has made is not loaded in any way: whole, in pieces, behind a comment or a mark.
local code =
  "\27\76\117\97\84\0\25\147\13\10\26\10\4\8\8\120\86\0\0\0\0\0\0\0\0\0\0\0\40\119\64\1\128\128\128\0\1\2\132\81" ..
  "\0\0\0\3\0\0\0\70\0\2\1\70\0\1\1\129\4\136\101\115\99\97\112\101\100\129\1\0\0\128\128\128\128\128"
local load = rawget(_G, "load")
if not load then return "contained" end
local function reader(size)
  local at = 1
  return function()
    local piece = code:sub(at, at + size - 1)
    at = at + size
    return piece
  end
end
local sources = { code, reader(1), reader(4), reader(#code), "#!x\n" .. code, "\239\187\191" .. code, "\n" .. code }
local late = setmetatable({}, { __call = reader(2), __tostring = function() return code end })
sources[#sources + 1] = late
sources[#sources + 1] = function() return late() end
local MODES = { "b", "bt", "tb", "t", "", "B" }
for i, source in ipairs(sources) do
  for n = 0, #MODES do
    local ok, fn = pcall(load, source, "x", MODES[n])
    if ok and type(fn) == "function" then
      local ran, value = pcall(fn)
      if ran and value == "escaped" then return "loaded " .. i .. " " .. tostring(MODES[n]) end
    end
    ok, fn = pcall(load, source, "x", MODES[n], {})
    if ok and type(fn) == "function" then
      local ran, value = pcall(fn)
      if ran and value == "escaped" then return "loaded with an environment " .. i .. " " .. tostring(MODES[n]) end
    end
  end
end
return "contained"
