local function fetch()
  fail("the page is empty", { kind = "http" })
end

return retry({ times = 2, wait = "1ms" }, fetch)
