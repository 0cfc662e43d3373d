let n = 0;
await sleep(0);
while (true) {
  n++;
}
