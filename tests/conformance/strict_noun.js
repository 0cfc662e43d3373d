print(Jsn.encode({})); // HERE
