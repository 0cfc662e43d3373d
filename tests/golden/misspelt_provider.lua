print(ask("Say hello."))
