-- A wrong argument is refused where the flow is made, and named; nothing has run by then.
local function one() return 1 end
local function told(kind, spec)
  local error = attempt(function() return Workflow[kind](spec) end).error
  local message = error.message:gsub("steps%[%d%]", "steps[i]"):gsub("edges%[%d%]", "edges[i]"):gsub("a table", "an object"):gsub("a map of", "an object of"):gsub("nil$", "undefined")
  return { error.kind, (message:gsub("^Workflow%.", "")), error.hint or false }
end
return {
  told("sequence"), told("sequence", 5), told("sequence", { steps = one }), told("sequence", { steps = { 5 } }), told("sequence", { stps = {} }),
  told("sequence", { steps = { { name = "a" } } }), told("sequence", { steps = { { run = one, timout = 5 } } }), told("sequence", { steps = { { run = one, name = "" } } }),
  told("sequence", { steps = { { run = one, timeout = "soon" } } }), told("sequence", { steps = { { run = one, retry = { times = 0 } } } }),
  told("sequence", { steps = { { run = one, retry = { tmes = 0 } } } }), told("sequence", { steps = { { run = one, on_error = "ignore" } } }),
  told("sequence", { steps = {}, name = 5 }),
  told("parallel", {}), told("parallel", { branches = { a = "x" } }), told("parallel", { branches = { a = one }, limit = 0 }), told("parallel", { branches = { a = one }, on_error = "no" }),
  told("parallel", { branches = { a = { run = one, name = "x" } } }),
  told("branch", { branches = { a = one } }), told("branch", { choose = one }), told("branch", { choose = one, branches = { a = one }, default = 1 }),
  told("loop", { body = one }), told("loop", { body = one, max = 0 }), told("loop", { body = one, max = 1.5 }), told("loop", { max = 1 }), told("loop", { max = 1, body = one, done = 1 }),
  told("graph", {}), told("graph", { nodes = { a = 1 } }), told("graph", { nodes = { a = { run = one, depends_on = "b" } } }), told("graph", { nodes = { a = one }, edges = { "a" } }),
  told("graph", { nodes = { a = { run = one, needs = {} } } }), told("graph", { nodes = { a = one }, edge = {} }), told("graph", { nodes = { a = one }, last = 1 }),
}
