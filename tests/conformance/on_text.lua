-- on_text gets each piece, in order, and may call the host itself.
local pieces = {}
local reply = ask("one two three", { on_text = function(piece)
  table.insert(pieces, Probe.echo(piece))
end })
return { pieces, table.concat(pieces) == reply.text }
