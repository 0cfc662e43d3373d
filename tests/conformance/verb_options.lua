-- An option that a verb does not know is refused, with those that it knows.
local function said(fn, ...)
  local args = table.pack(...)
  local e = attempt(function() return fn(table.unpack(args, 1, args.n)) end).error
  return e.kind .. ": " .. e.message .. " (" .. e.hint .. ")"
end
local function one() return 1 end
return {
  said(map, { 1 }, one, { limti = 2 }), said(parallel, { one }, { name = "x" }), said(fail, "x", { hnt = "y" }),
  said(Json.encode, "x", { prety = true }), said(Probe.typed, "a", 1, { zz = 1 }),
  map({ 1 }, one, { name = "numbers", limit = 1, on_error = "stop" }),
}
