-- Of nothing comes an empty list, not an empty map.
return { map({}, print), map(Json.list {}, print), Probe.echo(map({}, print)), parallel({}) }
