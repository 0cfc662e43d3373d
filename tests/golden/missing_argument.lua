print(ask())
