// Log is told and not awaited: it costs no turn, keeps its order, and returns nothing.
const nothing = Log.info("first");
Log.debug("second", { n: 2, list: [1] });
Log.warn("third");
Log.error(await ask("fourth"));
export default [nothing === undefined, await Probe.echo("after")];
