-- A computed name finds what is there already, and nothing else.
local util = require("lib.util")
local name = "lib." .. "util"
local lost = attempt(function() return require(name .. "s") end)
return { require(name).name, lost.ok, lost.error.hint ~= nil and require(name) == util }
