setInterval(() => {
  const list = undefined;
  print(list.length);
}, 10);
await new Promise((done) => setTimeout(done, 15));
