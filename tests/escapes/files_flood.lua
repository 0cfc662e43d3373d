-- expect: contained or script or budget
-- Many searches and reads at once: bounded, and the host serves others meanwhile.
local ok = attempt(function()
  map({ 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24 }, function(number)
    if number % 2 == 0 then return #Fs.glob("llmspell/**/*" .. ("*a"):rep(200)) end
    return #Fs.read("README.md")
  end, { limit = 24 })
end)
return "contained"
