// Empty lists and maps stay what they are, of equal keys the last one counts, and 64 levels are the limit.
const deep = "[".repeat(64) + "]".repeat(64);
const value = Json.decode('{"list": [], "map": {}, "none": null, "twice": 1, "twice": 2, "": {"__proto__": [{}, []]}}');
export default [
  Json.encode(value.list), Json.encode(value.map), value.none === Json.null, value.twice, Json.encode(value[""]),
  Json.encode(Json.decode(deep)) === deep, (await attempt(() => Json.decode(`[${deep}]`))).error.message,
  Json.encode({ a: Json.list([]), b: {} }, { pretty: true }),
];
