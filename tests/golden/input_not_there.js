const args = spell({ about: "Sum", input: "text" });
