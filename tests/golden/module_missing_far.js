const far = await import("./far/away.js");
