const reply = ask("Say hello.", { model: "echo" });
print(reply.text.length);
