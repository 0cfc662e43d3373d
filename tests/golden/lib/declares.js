spell({ about: "a module" });
