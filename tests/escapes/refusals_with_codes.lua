-- expect: script
-- profiles: medium
-- What a script asks for stands in errors, in the log and in what it is doing; no code in it reaches a terminal.
local codes = "\27]0;title\7\27[2J\r\u{202e}\u{200b}\u{2028}\u{85}\u{9b}31m"
for _, fn in ipairs {
  function() return Fs.read("../" .. codes) end, function() return Fs.read(codes) end, function() return Http.get("http://" .. codes) end,
  function() return System.run({ codes, "x" }) end, function() return System.env(codes) end, function() return State.shared(codes) end,
  function() return Secrets.get(codes) end, function() return Run.spell(codes) end, function() return Prompt.load(codes) end,
  function() return Config.get(codes) end, function() return Sql.query(codes, "select 1") end, function() return ask("x", { model = codes }) end,
  function() return Probe.typed("x", 1, { [codes] = 1 }) end, function() return Event.wait(codes, { timeout = codes }) end,
} do
  local tried = attempt(fn)
  if tried.ok then return "it went through" end
  if tried.error.message:find("[\27\7\r]") or (tried.error.hint or ""):find("[\27\7\r]") then return "codes in an error: " .. tried.error.kind end
end
error("the last: " .. attempt(function() return Fs.read("../" .. codes) end).error.message .. codes)
