-- expect: contained or script
-- profiles: medium high
-- Bytes that are not what they seem: tags by hand, binary keys, text that is none.
local seen = false
local tagged = { { ["$bytes"] = "AA==" }, { ["$$bytes"] = "AA==" }, { ["\xff"] = 1 }, { "\xff" }, setmetatable({}, { __index = { ["$bytes"] = "AA==" } }) }
for _, data in ipairs(tagged) do
  seen = seen or pcall(Fs.write, "nowhere/x", data)
  seen = seen or pcall(Fs.write, "nowhere/x", "x", data)
end
for _, data in ipairs({ "\xff", "\xc0\x80", "\xed\xa0\x80", "\xf8\x88\x80\x80\x80", ("\xff"):rep(2000000) }) do
  seen = seen or pcall(ask, data) or pcall(Log.info, data) or pcall(Probe.echo, data)
end
return seen and "broken" or "contained"
