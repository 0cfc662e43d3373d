const reply = await ask("Say hello.", { model: "echo" });
print(reply.txt);
