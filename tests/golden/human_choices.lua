return Human.choose("Which?", { "a", "a" })
