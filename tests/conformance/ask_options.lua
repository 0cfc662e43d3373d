return {
  ask("one two three four", { max_tokens = 2 }).text,
  ask("plain {{braces}}").text,
  ask("{{a}}", { vars = { a = "{{b}}" } }).text,
  ask("hi", { model = "echo", system = "be brief", temperature = 0.5, timeout = "30s", name = "n" }).agent,
  ask("hi", { timeout = 30 }).text,
}
