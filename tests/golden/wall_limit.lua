print("waiting")
sleep("1h")
