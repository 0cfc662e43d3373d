print("asking");
ask("Say hello.", { model: "echo" });
