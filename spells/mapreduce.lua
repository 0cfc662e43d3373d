local args = spell {
  about = "Rate every file in a tree, report on the worst",
  params = { glob = "**/*.py", workers = { default = 16, min = 1, max = 64 }, worst = 20 },
  allow = { read = { "." } },
  budget = { usd = 2.0, time = "20m" },
}

local rated = map(Fs.glob(args.glob), function(path)
  local reply = ask("How risky is this code, from 0 to 10, and why?\n\n{{code}}", {
    name = path,
    vars = { code = Fs.read(path) },
    schema = { risk = { type = "int", min = 0, max = 10 }, why = "string" },
  })
  return { path = path, risk = reply.data.risk, why = reply.data.why }
end, { name = "files", limit = args.workers, on_error = "keep" })

table.sort(rated.ok, function(a, b)
  if a.risk ~= b.risk then return a.risk > b.risk end
  return a.path < b.path
end)

return ask("Report on these files; {{failed}} were not rated.\n\n{{worst}}", {
  name = "reporter",
  vars = { worst = { table.unpack(rated.ok, 1, math.min(#rated.ok, args.worst)) }, failed = #rated.failed },
})
