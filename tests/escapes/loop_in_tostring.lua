-- expect: timeout or script
-- limits: turn=0.1
-- An error value whose text never ends.
error(setmetatable({}, { __tostring = function() while true do end end, __name = "x" }))
