-- A wrong argument of retry names the parameter and what it must be.
local function said(...)
  local args = table.pack(...)
  local e = attempt(function() return retry(table.unpack(args, 1, args.n)) end).error
  return e.kind .. " " .. e.message .. (e.hint and " (" .. e.hint .. ")" or "")
end
local function one() return 1 end
return {
  said({}), said({}, 1), said(3, one), said({ tries = 3 }, one),
  said({ times = 0 }, one), said({ times = 1.5 }, one), said({ times = "3" }, one),
  said({ wait = "soon" }, one), said({ wait = -1 }, one), said({ wait = true }, one), said({ max_wait = "1 minute" }, one),
  said({ factor = 0.5 }, one), said({ factor = "2" }, one), said({ factor = 1 / 0 }, one),
  said({ on = "http" }, one), said({ on = Json.list {} }, one), said({ on = { "http", "htpp" } }, one), said({ on = { "cancelled" } }, one),
}
