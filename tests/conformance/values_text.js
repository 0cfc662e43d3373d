// Text of any script, with any control character, keeps every byte.
const list = ["żółć", "日本語", "👩‍🚀", "\0", "a\0b", "\"\\\n\r\t\b\f", "\u2028\u2029", "\uFEFF", "\u{10FFFF}", "\x7f\x1b[31m", "</script>", "{{x}}"];
const back = await Probe.echo(list);
list.forEach((s, i) => { if (back[i] !== s) fail(`${i} has changed`); });
export default back;
