-- Who catches the cancelling gets no further: every later call fails in the same way.
local seen = {}
local tried = attempt(function()
  timeout(0.02, function()
    for i = 1, 3 do
      local ok, e = pcall(Watch.hang)
      seen[i] = e.kind
    end
  end)
end)
Probe.slow(0.02)
return { tried.error.kind, seen, Watch.cancelled() }
