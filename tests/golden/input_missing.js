const args = spell({ about: "Sum", input: "files" });
