return "a canary that nobody may read"
