print(await ask("Say hello."));
