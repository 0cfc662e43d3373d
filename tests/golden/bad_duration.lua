sleep("5 minutes")
