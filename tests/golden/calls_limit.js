while (true) {
  Log.debug("again");
  await sleep(0);
}
