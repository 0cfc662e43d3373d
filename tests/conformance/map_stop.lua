-- The first failure cancels what runs, keeps what waits from starting, and is raised.
local tried = attempt(function()
  map({ 1, 2, 3, 4, 5, 6 }, function(n)
    Watch.note(n)
    if n == 2 then
      Probe.slow(0.01)
      fail("two is wrong", { kind = "tool" })
    end
    Watch.hang()
  end, { limit = 3 })
end)
return { tried.error.kind, tried.error.message, Watch.cancelled() }
