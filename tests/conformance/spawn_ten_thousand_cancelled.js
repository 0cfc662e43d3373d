// 10,000 tasks that hang end with the function that began them; those whose call was never sent cost nothing.
for (let i = 0; i < 10000; i++) spawn(() => Watch.hang());
await Probe.echo();
export default "done";
