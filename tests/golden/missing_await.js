const reply = ask("Say hello.", { model: "echo" });
print("It said: " + reply);
