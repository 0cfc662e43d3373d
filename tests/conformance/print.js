// Text as it is, data as compact JSON.
print("text", 1, -2.5, true, false);
print();
print("");
print([1, [2]], { a: "b" }, Json.list([]), {});
print("two\nlines");
print(["two\nlines", "ż"]);
print(Json.null);
