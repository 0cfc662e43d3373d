-- A call that is given up in the same breath never costs a place for good.
for _ = 1, 300 do
  race { function() Watch.hang() end, function() return 1 end }
end
return Probe.echo "still here"
