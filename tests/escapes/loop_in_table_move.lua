-- expect: timeout or script
-- limits: turn=0.1
return table.move({}, 1, math.maxinteger - 1, 2)
