-- Text of any script, with any control character, keeps every byte.
local list = { "żółć", "日本語", "👩‍🚀", "\0", "a\0b", "\"\\\n\r\t\b\f", "\u{2028}\u{2029}", "\u{FEFF}", "\u{10FFFF}", "\x7f\x1b[31m", "</script>", "{{x}}" }
local back = Probe.echo(list)
for i, s in ipairs(list) do assert(back[i] == s) end
return back
