// A caught fault knows its line, too.
const line = (await attempt(async () => {
  await Probe.fail("no");
})).error.where.line;
export default line;
