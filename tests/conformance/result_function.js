// A function as the result is called with the arguments.
spell({ about: "x", params: { n: 2 } });
export default async function (args) {
  return await Probe.echo(args.n * 21);
}
