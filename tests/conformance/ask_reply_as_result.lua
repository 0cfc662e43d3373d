return ask("the result")
