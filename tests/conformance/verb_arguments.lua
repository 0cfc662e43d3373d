-- A wrong argument of a verb names the parameter.
local function wrong(fn, ...)
  local args = table.pack(...)
  local tried = attempt(function() return fn(table.unpack(args, 1, args.n)) end)
  local named = tried.error.message:gsub(" must be.*", ""):gsub("fns[%[.]%d%]?", "fns[i]")
  return tried.error.kind .. " " .. named
end
local function one() return 1 end
return {
  wrong(map), wrong(map, 5, one), wrong(map, { a = 1 }, one), wrong(map, { 1 }), wrong(map, { 1 }, "one"),
  wrong(map, { 1 }, one, { limit = "x" }), wrong(map, { 1 }, one, { limit = 0 }), wrong(map, { 1 }, one, { limit = 1.5 }),
  wrong(map, { 1 }, one, { on_error = "keeep" }), wrong(map, { 1 }, one, { limits = 3 }), wrong(map, { 1 }, one, 3),
  wrong(parallel), wrong(parallel, one), wrong(parallel, { 1 }), wrong(parallel, { a = 1 }), wrong(parallel, { one }, { limit = -1 }),
  wrong(race), wrong(race, Json.list {}), wrong(race, { 1 }), wrong(race, one),
  wrong(spawn), wrong(spawn, 1), wrong(timeout), wrong(timeout, 1), wrong(timeout, "1s", 1),
  wrong(attempt), wrong(attempt, 1), wrong(fail), wrong(fail, 1), wrong(fail, "x", { kind = "odd" }), wrong(fail, "x", { hnt = "y" }), wrong(fail, "x", { hint = 1 }),
  wrong(Json.decode), wrong(Json.decode, 5),
}
