local refused = {}
for i, fn in ipairs {
  function() map({ 1 }, function() end) end, function() parallel {} end, function() race { print } end, function() timeout(1, print) end,
} do
  refused[i] = attempt(function() table.sort({ 2, 1 }, fn) end).ok
end
return refused
