export default [
  (await ask("one two three four", { max_tokens: 2 })).text,
  (await ask("plain {{braces}}")).text,
  (await ask("{{a}}", { vars: { a: "{{b}}" } })).text,
  (await ask("hi", { model: "echo", system: "be brief", temperature: 0.5, timeout: "30s", name: "n" })).agent,
  (await ask("hi", { timeout: 30 })).text,
];
