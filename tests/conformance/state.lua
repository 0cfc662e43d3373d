local before = State.get("n")
State.set("n", 1)
State.set("list", Json.list {})
State.set("deep", { a = { 1, 2.5, "x", Json.null, true } })
local sum = State.update("n", function(old) return old + 41 end)
local fresh = State.update("fresh", function(old) return old == nil and "made" or "found" end)
return {
  before = before == nil, sum = sum, fresh = fresh, n = State.get("n"), list = State.get("list"), deep = State.get("deep"),
  fallback = State.get("none", { 1 }), keys = State.list(), some = State.list("d"),
  deleted = State.delete("n"), again = State.delete("n"), gone = State.get("n", "gone"),
}
