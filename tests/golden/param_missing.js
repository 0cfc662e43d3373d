const args = spell({ about: "Sum", params: { topic: "string", words: 80 } });
