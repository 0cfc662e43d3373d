print(Jsn.encode({})) -- HERE
