throw { code: 7, reason: "fire" };
