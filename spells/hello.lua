-- Say hello. Ask a model:  llmspell run spells/hello.lua --model openai/gpt-5-mini
print(ask("Say hello in five words."))
