-- expect: timeout or script
-- An error value whose text never ends.
error(setmetatable({}, { __tostring = function() while true do end end, __name = "x" }))
