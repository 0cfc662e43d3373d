local reply = timeout("50ms", function()
  sleep("1h")
end)
