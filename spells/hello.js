// Say hello. Ask a model:  llmspell run spells/hello.js --model openai/gpt-5-mini
print(await ask("Say hello in five words."));
