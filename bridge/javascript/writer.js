// What counts as data, and how it is written: JSON with tags for the host, JSON for people.

const MAX_DEPTH = 64;
const FLOATS = 1e21; // from here on a number is written with an exponent, and so is no integer for anybody

const handles = new Marks(); // object of the host -> its tag
const labels = new Marks(); // those of them that have a label -> { label, noun }
const values = new Marks(); // typed value -> { type, fields }
const nouns = new Marks(); // noun -> its name

// A form says how to write: what for, of which kind a refusal is, and whether with tags. `numberOf` gives a function
// its number; where it is null a function is no data.
function plain(called, indent = "") {
  return {
    __proto__: null, called, kind: "args", part: "", indent, tagged: false, handles: false, binary: false, numberOf: null,
  };
}

function forCall(called, part, binary, numberOf) {
  return { __proto__: null, called, kind: "args", part, indent: "", tagged: true, handles: true, binary, numberOf };
}

function forResult(called, handles = true) {
  return {
    __proto__: null, called, kind: "script", part: "", indent: "", tagged: true, handles, binary: false, numberOf: null,
  };
}

// ---------------------------------------------------------------------------------------------------------------
// What is not data

const NAME = /^[A-Za-z_$][\w$]*$/;

function step(key, first) {
  if (typeof key === "number") return `[${key}]`;
  if (test(NAME, key) !== null) return first ? key : `.${key}`;
  return `[${stringify(toWellFormed(key))}]`;
}

function pathOf(up) {
  let path = "";
  for (let at = up; at !== null; at = at.up) path = step(at.key, at.up === null) + path;
  return path;
}

// Raises what is wrong with a value, and where it is in what was to be written. Who has called us for the script gives
// the error its place: deep in a value the stack is all ours.
function refuse(problem, form, up) {
  const path = pathOf(up);
  const place = form.part + (form.part !== "" && path !== "" ? ", " : "") + (path === "" ? "" : `\`${path}\``);
  throw fault(fields(form.kind, `${form.called}: ${problem}${place === "" ? "" : ` (${place})`}`), nowhere);
}

function article(name) {
  return (test(/^[AEIO]/i, name) === null ? "a " : "an ") + name;
}

function className(value) {
  const tag = slice(objectToText(value), 8, -1);
  const name = tag === "Object" ? value.constructor?.name : tag;
  return typeof name === "string" && name !== "" ? name : "class instance";
}

function isPromise(value) {
  return isPrototypeOf(NativePromise.prototype, value);
}

function refuseDepth(value, form, up) {
  for (let at = up; at !== null; at = at.up) {
    if (at.value === value) refuse("an object that contains itself is not data", form, null);
  }
  refuse(`more than ${MAX_DEPTH} levels are not data`, form, null);
}

function refuseObject(value, form, up) {
  const noun = nouns.get(value);
  if (noun !== undefined) refuse(`\`${noun}\` is not data`, form, up);
  if (isPromise(value)) refuse("missing `await`: a promise is not data", form, up);
  refuse(`${article(toWellFormed(className(value)))} is not data`, form, up);
}

// ---------------------------------------------------------------------------------------------------------------
// Writing

function writeText(text, form, up) {
  if (!isWellFormed(text)) refuse("a string with half a surrogate pair is not data", form, up);
  return stringify(text);
}

function writeNumber(number, form, up) {
  if (number !== number) refuse("NaN is not data", form, up);
  if (!isFinite(number)) refuse("an infinite number is not data", form, up);
  const mayBeRounded = isInteger(number) && !isSafeInteger(number) && number < FLOATS && number > -FLOATS;
  if (mayBeRounded) refuse("an integer beyond 2^53 - 1 is not data", form, up);
  return `${number}`;
}

function gap(form, depth) {
  return form.indent === "" ? "" : `\n${repeat(form.indent, depth)}`;
}

function writeList(list, form, here) {
  const { length } = list;
  if (length * 2 > limits.frame) refuse(`a list of ${length} items does not fit into a frame`, form, here.up);
  let text = "[";
  for (let i = 0; i < length; i++) {
    here.key = i;
    text += (i === 0 ? "" : ",") + gap(form, here.depth) + write(list[i], form, here);
  }
  return text + (length === 0 ? "]" : `${gap(form, here.depth - 1)}]`);
}

// A key of the script's own that looks like a tag gets one more `$`.
function writeKey(key, form, up) {
  const name = writeText(form.tagged && startsWith(key, "$") ? `$${key}` : key, form, up);
  return form.indent === "" ? `${name}:` : `${name}: `;
}

function writeMap(map, tag, form, here) {
  const names = keys(map);
  let inside = tag;
  for (let i = 0; i < names.length; i++) {
    const item = map[names[i]];
    if (item === undefined) continue;
    here.key = names[i];
    inside += (inside === "" ? "" : ",") + gap(form, here.depth);
    inside += writeKey(names[i], form, here) + write(item, form, here);
  }
  return inside === "" ? "{}" : `{${inside}${gap(form, here.depth - 1)}}`;
}

function writeTyped({ type, fields: map }, form, here) {
  return writeMap(map, form.tagged ? `"$type":${stringify(type.name)}` : "", form, here);
}

let addressText = () => null; // returns the text of a URL, and of nothing else; web/url.js knows them

function writeDate(date, form, up) {
  let text;
  try {
    text = dateToText(date);
  } catch {
    return null; // not a date, or one that is no moment
  }
  return writeText(text, form, up);
}

function writeFault({ kind, message, hint, retryable, where, data }, form, here) {
  return writeMap({ __proto__: null, kind, message, hint, retryable, where, data }, "", form, here);
}

// Whether bytes may stand here: as an argument of an op that takes them, as one of its options, or in a typed value
// that has such a field. `up` is what they are in.
function mayBeBytes(form, up) {
  if (up !== null && form.tagged && values.get(up.value)?.type.binary.has(up.key)) return true;
  return form.binary && (up === null || (up.up === null && !isArray(up.value) && values.get(up.value) === undefined));
}

function nounOf(handle) {
  return labels.has(handle) ? `a ${labels.get(handle).noun}` : "a handle";
}

// Writes what is neither a list nor a plain object: only what we know is data.
function writeSpecial(value, form, here) {
  const typed = values.get(value);
  if (typed !== undefined) return writeTyped(typed, form, here);
  if (typedKind(value) === "Uint8Array" && mayBeBytes(form, here.up)) return `{"$bytes":"${toBase64(value)}"}`;
  const handle = handles.get(value);
  if (handle !== undefined) return form.handles ? handle : refuse(`${nounOf(value)} is not data`, form, here.up);
  if (isFault(value)) return writeFault(value, form, here);
  refuseGuard(value);
  const address = addressText(value);
  if (address !== null) return writeText(address, form, here.up);
  return writeDate(value, form, here.up) ?? refuseObject(value, form, here.up);
}

function writeObject(value, form, up) {
  const depth = up === null ? 1 : up.depth + 1;
  if (depth > MAX_DEPTH) refuseDepth(value, form, up);
  const here = { __proto__: null, value, key: "", up, depth };
  if (isArray(value)) return writeList(value, form, here);
  const prototype = getPrototypeOf(value);
  if (prototype === ObjectPrototype || prototype === null) return writeMap(value, "", form, here);
  return writeSpecial(value, form, here);
}

// Returns a value as JSON; `up` is the chain of lists and maps that it is in.
function write(value, form, up) {
  switch (typeof value) {
    case "string": return writeText(value, form, up);
    case "number": return writeNumber(value, form, up);
    case "boolean": return value ? "true" : "false";
    case "undefined": return "null";
    case "object": return value === null ? "null" : writeObject(value, form, up);
    case "function":
      if (form.numberOf !== null) return `{"$function":${form.numberOf(value)}}`;
      return refuse("a function is not data", form, up);
    default: return refuse(`${typeof value === "bigint" ? "a BigInt" : "a symbol"} is not data`, form, up);
  }
}

// Returns the arguments of a call as a JSON list, after `first` if the call has a handle.
function writeArguments({ op: called, binary }, first, given, numberOf) {
  let text = first;
  for (let i = 0; i < given.length; i++) {
    text += (text === "" ? "" : ",") + write(given[i], forCall(called, `argument ${i + 1}`, binary, numberOf), null);
  }
  return `[${text}]`;
}

// ---------------------------------------------------------------------------------------------------------------
// Text for people

function objectAsText(value) {
  const typed = values.get(value);
  if (typed !== undefined) return typed.type.textOf(typed.fields);
  if (isFault(value)) return `${value.message}`;
  if (isError(value)) return headOf(value);
  if (labels.has(value)) return labels.get(value).label;
  const address = addressText(value);
  if (address !== null) return address;
  try {
    return write(value, plain("print"), null);
  } catch (refusal) {
    if (refusal?.kind !== "args") throw refusal; // a missing await
    return nouns.get(value) ?? objectToText(value);
  }
}

// Returns a value as a script prints it.
function asText(value) {
  if (isObject(value)) return objectAsText(value);
  return isFunction(value) ? `[function ${value.name}]` : NativeString(value);
}

// Returns how many bytes a text has in UTF-8.
function sizeOf(text) {
  let size = 0;
  for (let i = 0; i < text.length; i++) {
    const unit = charCodeAt(text, i);
    if (unit < 0x80) size += 1;
    else if (unit < 0x800 || (unit >= 0xd800 && unit < 0xe000)) size += 2; // half of a pair: two of its four bytes
    else size += 3;
  }
  return size;
}
