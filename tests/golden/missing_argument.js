print(await ask());
