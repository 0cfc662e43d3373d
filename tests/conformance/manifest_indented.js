// An indented declaration was not read before the run, so it must not seem to count.
function main() {
  const args = spell({ params: { n: 1 } }); // HERE
  return args.n;
}
export default main();
