-- expect: contained
-- profiles: medium high
-- Nothing of the environment of the host is there, by whatever name, and no address of its memory is told.
for _, name in ipairs { "PATH", "HOME", "USER", "LLMSPELL_MODEL", "OPENAI_API_KEY", "_", "" } do
  for _, fn in ipairs {
    function() return os.getenv(name) end, function() return System.env(name) end, function() return Config.get("env." .. name) end,
    function() return Secrets.get(name) end, function() return (Prompt.render("{{" .. name .. "}}", {})) end,
    function() return ask("{{" .. name .. "}}", { vars = {} }).text end,
  } do
    local tried = attempt(fn)
    if tried.ok and tried.value ~= nil and tried.value ~= "{{" .. name .. "}}" then return name .. " is " .. tostring(tried.value) end
  end
end
for _, value in ipairs { {}, print, coroutine.create(print), string.format, Probe } do
  if tostring(value):find("0x%x%x%x%x%x%x") then return "an address: " .. tostring(value) end
  local ok, text = pcall(string.format, "%p", value)
  if ok and text:find("0x%x%x%x%x%x%x") then return "an address: " .. text end
end
return "contained"
