return { name = "util" }
