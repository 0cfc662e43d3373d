// attempt never swallows the cancelling of its own function: the loop below ends.
let tries = 0;
const tried = await attempt(() =>
  timeout(0.03, async () => {
    while (true) {
      tries++;
      await attempt(() => Watch.hang());
    }
  }));
export default [tried.error.kind, tries];
