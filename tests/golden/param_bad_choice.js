const args = spell({ about: "Sum", params: { tone: { choices: ["warm", "dry"], default: "dry" } } });
