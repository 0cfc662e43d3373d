-- What is wrong with a graph is said before anything runs, by names.
local function one() Watch.note("ran") end
local function told(spec)
  local error = attempt(function() return Workflow.graph(spec) end).error
  return { error.kind, (error.message:gsub("edges%[%d%]", "edges[i]")), error.hint or false }
end
local function circle(n)
  local nodes, edges = {}, {}
  for i = 1, n do nodes["n" .. i] = one end
  for i = 1, n do edges[i] = { "n" .. i, "n" .. i % n + 1 } end
  return { nodes = nodes, edges = edges }
end
local abc = { c = one, a = one, b = one }
return {
  told { nodes = abc, edges = { { "b", "c" }, { "c", "a" }, { "a", "b" } } },
  told { nodes = abc, edges = { { "a", "a" } } },
  told { nodes = { x = { run = one, depends_on = { "x" } } } },
  told { nodes = { x = { run = one, depends_on = { "y" } }, y = { run = one, depends_on = { "x" } }, z = { run = one, depends_on = { "y" } } } },
  told { nodes = abc, edges = { { "a", "d" } } },
  told { nodes = abc, edges = { { 5, "a" } } },
  told { nodes = { a = { run = one, depends_on = { "bb" } }, b = one } },
  told { nodes = abc, last = "d" },
  told(circle(26)),
}
