-- expect: memory
local cs = {}
while true do cs[#cs + 1] = coroutine.create(function() coroutine.yield() end) coroutine.resume(cs[#cs]) end
