await Event.on("a", () => Event.emit("a")); // HERE
await Event.emit("a");
