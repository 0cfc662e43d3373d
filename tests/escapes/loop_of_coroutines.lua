-- expect: timeout
-- limits: turn=0.1
while true do
  local co = coroutine.create(function() coroutine.yield() end)
  coroutine.resume(co)
  coroutine.close(co)
end
