const heard = [];
const paid = await Event.on("order.*", (e) => { heard.push(`${e.name} ${e.data.id}`); });
await Event.on("order.paid", async (e) => {
  await sleep(0);
  heard.push(`receipt ${e.data.id}`);
});
const waiting = spawn(async () => (await Event.wait("order.s*")).data.id);
await sleep(0);
const told = [await Event.emit("order.paid", { id: 1 }), await Event.emit("order.sent", { id: 2 }), await Event.emit("other")];
await paid.cancel();
told.push(await Event.emit("order.paid", { id: 3 }));
export default { heard, told, waited: await waiting.wait() };
