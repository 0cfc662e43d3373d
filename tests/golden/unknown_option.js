print(await ask("Say hello.", {
  model: "echo",
  tempreature: 0.2,
}));
