// An integer that does not fit is an error, unless it was said what shall become of it.
const text = '{"id": 123456789012345678901234567890, "n": [1, 1e20, -0]}';
const value = Json.decode(text, { big: "string" });
const rounded = Json.decode(text, { big: "float" });
const wrong = (await attempt(() => Json.decode("1", { big: "exact" }))).error;
const unknown = (await attempt(() => Json.decode("1", { large: 1 }))).error;
print(`${wrong.kind}\t${wrong.message}`);
print(`${unknown.message}\t${unknown.hint}`);
print(`${value.id}\t${value.n[0]}\t${value.n[1] === 1e20}\t${rounded.id === 123456789012345678901234567890.0}`);
Json.decode(text); // HERE
