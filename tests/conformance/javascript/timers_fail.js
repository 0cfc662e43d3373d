setTimeout(() => {
  null.x; // HERE
}, 1);
await new Promise((done) => setTimeout(done, 5));
print("goes on");
