-- The clock is in UTC, stands while the script runs, and moves when an answer comes.
local began, from = os.time(), os.clock()
local n = 0
for i = 1, 200000 do n = n + i end
local stood = os.time() == began and os.clock() == from
sleep(0.02)
return {
  stood, from == 0, os.clock() >= 0.02, os.time() >= began,
  os.date("%Y-%m-%dT%H:%M:%S", 86399), os.time({ year = 2020, month = 2, day = 30, hour = 0 }),
}
