const messages = [];
for (const attack of [
  () => State.set("b", () => {}),
  () => State.get("b", print),
  () => Event.emit("a", () => {}),
  async () => State.set("c", await Event.on("x", print)),
]) {
  messages.push((await attempt(attack)).error.message);
}
export default messages;
