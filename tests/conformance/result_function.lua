-- A function as the result is called with the arguments.
spell { about = "x", params = { n = 2 } }
return function(args) return Probe.echo(args.n * 21) end
