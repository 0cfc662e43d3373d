// Of nothing comes an empty list, not an empty map.
export default [await map([], print), await map(Json.list([]), print), await Probe.echo(await map([], print)), await parallel({})];
