-- The lengths at which an encoding changes its form.
local lengths = {}
for i, n in ipairs { 0, 31, 32, 255, 256, 65535, 65536, 1000000 } do
  local back = Probe.echo(("x"):rep(n))
  assert(back == ("x"):rep(n))
  lengths[i] = #back
end
return lengths
