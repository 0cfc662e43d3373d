const args = spell({ about: "Summarise", input: "txt" });
