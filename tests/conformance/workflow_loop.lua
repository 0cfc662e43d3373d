-- What a round returns is what the next one gets; the last value is the result.
local rounds = {}
local double = Workflow.loop {
  max = 10, start = 1,
  body = function(n, i) rounds[#rounds + 1] = i return Probe.echo(n * 2) end,
  done = function(n, i) return n > 50 end,
}
local first = double:run()
local count = Workflow.loop { max = 3, body = function(list, i) list[#list + 1] = i - rounds[1] return list end }
local given = Workflow.loop { max = 1, start = "start", body = function(value) return value end }
return { first, #rounds, rounds[2] - rounds[1], double:run(40), count:run(Json.list {}), given:run(), given:run("input") }
