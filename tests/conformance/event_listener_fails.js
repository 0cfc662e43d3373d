await Event.on("a", () => {
  fail("cannot bear it"); // HERE
});
await Event.emit("a");
