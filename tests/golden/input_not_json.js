const args = spell({ about: "Sum", input: "json" });
