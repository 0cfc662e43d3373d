// A call that is given up in the same breath never costs a place for good.
for (let i = 0; i < 300; i++) {
  await race([() => Watch.hang(), () => 1]);
}
export default await Probe.echo("still here");
