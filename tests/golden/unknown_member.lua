local reply = ask("Say hello.", { model = "echo" })
print(reply.txt)
