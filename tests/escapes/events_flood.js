// expect: timeout or budget
// limits: wall=1
// Events that bring forth events: who emits one waits for all that hear it, so in the end all wait for each other.
await Event.on("*", async (event) => { await Event.emit("more", event.data); await Event.emit("more", event.data); });
for (;;) await Event.emit("more", "x".repeat(1000));
