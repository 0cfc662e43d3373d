while true do
  Log.debug("again")
  sleep(0)
end
