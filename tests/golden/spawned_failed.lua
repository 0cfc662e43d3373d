spawn(function()
  error("nobody looked at me")
end)
sleep("10ms")
