// Errors as a spell sees them: one shape, with the places of the spell's own code.

const KINDS = new Bag([
  "args", "config", "auth", "permission", "budget", "timeout", "cancelled", "model", "rate_limit", "refused", "schema",
  "tool", "http", "mcp", "approval", "replay", "script",
]);
const KNOWN_KINDS = `kinds: ${[...KINDS].join(", ")}`; // the hint for who names another
const FRAMES = 20; // the places that a trace has at most
const LONGEST = 16 * 1024; // characters of a text in an error

// What the places are told by, by the name by which V8 knows the code of a file: its path for people, its code, how much
// of the first line, and of the code, is not its own, and whether it is a module.
const sources = new Table();

function addSource(known, { name, margin, offset, inside, shifts = null }) {
  sources.set(known, { __proto__: null, name, margin, offset, inside, shifts, code: "" });
}

const sourceOf = (site) => sources.get(site.getScriptNameOrSourceURL());

// ---------------------------------------------------------------------------------------------------------------
// Places

const placed = new Marks(); // error -> its places
const nowhere = bare();
let probing = false;
let sites = null;

const isOurs = (site) => sourceOf(site) !== undefined;

function columnOf(site) {
  const line = site.getLineNumber();
  const { margin, shifts } = sourceOf(site);
  const column = site.getColumnNumber() - (line === 1 ? margin : 0);
  return shifts === null ? column : shiftedBack(column, shifts[line]);
}

// Returns the column that a column was before calls were put into its line: { column, length } of each, from the left.
function shiftedBack(column, calls) {
  let moved = 0;
  for (let i = 0; calls !== undefined && i < calls.length; i++) {
    if (column - moved >= calls[i][0] + calls[i][1]) moved += calls[i][1];
  }
  return column - moved;
}

function placeOf(site) {
  const source = sourceOf(site);
  return {
    __proto__: null, file: source.name, line: site.getLineNumber(), column: columnOf(site),
    name: site.getFunctionName() ?? "", at: site.getPosition(), source,
  };
}

// Returns the frames of the spell among call sites, innermost first.
function placesAt(found) {
  const places = bare();
  for (let i = 0; i < found.length && places.length < FRAMES; i++) {
    if (isOurs(found[i])) places[places.length] = placeOf(found[i]);
  }
  return places;
}

function stackText(head, places) {
  let text = head;
  for (let i = 0; i < places.length; i++) {
    const { file, line, column, name } = places[i];
    text += name === "" ? `\n    at ${file}:${line}:${column}` : `\n    at ${name} (${file}:${line}:${column})`;
  }
  return text;
}

function headOf(error) {
  try {
    return errorToText(error);
  } catch {
    return "Error";
  }
}

// V8 calls this when a stack is first read. Scripts cannot set it: it would hand them our functions.
function prepareStackTrace(error, found) {
  if (probing) {
    sites = found;
    return "";
  }
  const places = placesAt(found);
  placed.set(error, places);
  return stackText(headOf(error), places);
}

defineProperty(Error, "prepareStackTrace", { __proto__: null, value: prepareStackTrace });
defineProperty(Error, "stackTraceLimit", {
  __proto__: null, value: FRAMES, writable: false, enumerable: true, configurable: false,
});

const ballast = new Array(512).fill(0);
const sink = () => {};

// Returns the call sites above a function that is running. Every verb and op begins with this, before it changes
// anything; so it also makes sure that there is stack enough to finish what it begins.
function probe(above) {
  apply(sink, undefined, ballast);
  const holder = { __proto__: null, stack: "" };
  probing = true;
  try {
    captureStackTrace(holder, above);
    void holder.stack;
  } finally {
    probing = false;
  }
  return sites;
}

// Returns the call site in the spell that is innermost, or null.
function innermost(found) {
  for (let i = 0; i < found.length; i++) {
    if (isOurs(found[i])) return found[i];
  }
  return null;
}

function placesOf(error) {
  try {
    if (!placed.has(error)) void error.stack;
  } catch {
    return nowhere; // the script has made `stack` a getter that throws
  }
  return placed.get(error) ?? nowhere;
}

// Returns a place as a script sees it.
function shown({ file, line, column, name }) {
  return { file, line, column, name };
}

// ---------------------------------------------------------------------------------------------------------------
// The class of errors

let isFault;

class SpellError extends Error {
  #fault = true;
  kind = "script";
  hint = undefined;
  retryable = false;
  data = undefined;
  cause = undefined;

  static {
    isFault = (value) => isObject(value) && #fault in value;
  }

  constructor(message, options = undefined) {
    super(message);
    this.kind = options?.kind ?? "script";
    this.hint = options?.hint;
    this.retryable = options?.retryable === true;
    this.data = options?.data;
    this.cause = options?.cause;
  }

  get where() {
    const places = placesOf(this);
    return places.length === 0 ? undefined : shown(places[0]);
  }

  get trace() {
    const places = placesOf(this);
    const trace = bare();
    for (let i = 0; i < places.length; i++) trace[i] = shown(places[i]);
    return common(trace);
  }

  toString() {
    return this.message;
  }
}

put(SpellError.prototype, "name", "SpellError", false);
Object.preventExtensions(SpellError); // a script that takes its parent away would break every error
Object.preventExtensions(SpellError.prototype);

// Makes an error that has happened at call sites, or where we are called.
function fault(fields, found = null) {
  const error = new SpellError(fields.message, fields);
  if (found !== null) replace(error, placesAt(found));
  return error;
}

function replace(error, places) {
  placed.set(error, places);
  put(error, "stack", stackText(`SpellError: ${error.message}`, places), false);
}

// Returns the places of a function and of what waited for it.
function joined(inner, outer) {
  const places = bare();
  for (let i = 0; i < inner.length && places.length < FRAMES; i++) places[places.length] = inner[i];
  for (let i = 0; i < outer.length && places.length < FRAMES; i++) places[places.length] = outer[i];
  return places;
}

// Goes on with the places of an error where its function was waited for. What is thrown and is no error has none.
function extend(error, found) {
  if (!isError(error)) return error;
  const places = joined(placesOf(error), placesAt(found));
  if (isFault(error)) replace(error, places);
  else placed.set(error, places);
  return error;
}

// Gives an error of ours the place that it lacks.
function locate(error, found) {
  if (isFault(error) && placesOf(error).length === 0) replace(error, placesAt(found));
  return error;
}

const fields = (kind, message, hint = undefined, data = undefined) =>
  ({ __proto__: null, kind, message, hint, data, retryable: false, cause: undefined });

const wrong = (message, hint) => fault(fields("args", message, hint));

function undefinedName(name) {
  return fault(fields("script", `\`${name}\` is not defined`, undefined, { undefined: name }));
}

// ---------------------------------------------------------------------------------------------------------------
// What was thrown, as an error

const UNDEFINED = " is not defined";

// V8 says the same of reading and of assigning what does not exist; it points at the `=` of an assignment.
function isAssigned(name, place) {
  const at = place.at - place.source.offset;
  const code = slice(place.source.code, at, at + name.length + 4);
  return startsWith(code, "=") || code === `${name} of `;
}

function fromReference(message, error) {
  const name = slice(message, 0, -UNDEFINED.length);
  const places = placesOf(error);
  return places.length > 0 && isAssigned(name, places[0])
    ? fields("script", `\`${name}\` is not declared: write \`let ${name} = …\``)
    : fields("script", `\`${name}\`${UNDEFINED}`, undefined, { undefined: name });
}

const READ_ONLY = /^Cannot assign to read only property '(.+)' of object '#<Object>'$/;
const ASSIGNED = /(?:^|[^.\w$])([\w$]+)\s*$/; // what stands before the sign of an assignment, unless it is a member

// Returns the name of the global of ours that was assigned to, or null. V8 says the same of any object's member; it
// points at the sign of the assignment, or at the name where there is none of its own.
function fixedName(message, error) {
  const name = test(READ_ONLY, message)?.[1];
  const place = placesOf(error)[0];
  if (!fixed.has(name) || place === undefined) return null;
  const at = place.at - place.source.offset;
  const { code } = place.source;
  const isNamed = slice(code, at, at + name.length) === name;
  const end = isNamed ? at + name.length : at;
  return test(ASSIGNED, slice(code, max(0, end - 200), end))?.[1] === name ? name : null;
}

function fromType(message, error) {
  const name = fixedName(message, error);
  return fields("script", name === null ? message : `\`${name}\` cannot be changed: write \`let ${name} = …\``);
}

// The error of `Promise.any` says nothing itself: its cause is the first of those that it has.
function causeOf(error) {
  if (hasOwn(error, "cause")) return error.cause;
  return isPrototypeOf(AggregatePrototype, error) && isArray(error.errors) ? error.errors[0] : undefined;
}

function fromError(error) {
  const message = typeof error.message === "string" && error.message !== "" ? error.message : headOf(error);
  if (isPrototypeOf(ReferencePrototype, error) && endsWith(message, UNDEFINED)) {
    return fromReference(message, error);
  }
  const found = isPrototypeOf(TypePrototype, error) ? fromType(message, error) : fields("script", message);
  found.cause = causeOf(error);
  return found;
}

function fromShape({ kind, message, hint, retryable, cause, data }) {
  return { __proto__: null, kind, message, hint, retryable, cause, data };
}

function fromOther(thrown) {
  if (thrown === undefined || thrown === null) return fields("script", `the spell threw ${thrown}`);
  if (!isObject(thrown)) return fields("script", asText(thrown));
  const hasShape = !values.has(thrown) && typeof thrown.kind === "string" && typeof thrown.message === "string";
  return hasShape ? fromShape(thrown) : fields("script", asText(thrown), undefined, thrown);
}

// Returns the fields of whatever was thrown. It is the script's own object: reading it may throw.
function told(thrown) {
  try {
    if (isFault(thrown)) return fromShape(thrown);
    return isError(thrown) ? fromError(thrown) : fromOther(thrown);
  } catch {
    return fields("script", "what was thrown cannot be read");
  }
}

// Returns whatever was thrown as a SpellError.
function faultOf(raised) {
  const thrown = unguarded(raised);
  if (isFault(thrown)) return thrown;
  const error = fault(told(thrown));
  replace(error, isError(thrown) ? placesOf(thrown) : nowhere);
  if (isError(thrown)) error.cause ??= thrown;
  return error;
}

// ---------------------------------------------------------------------------------------------------------------
// Errors for the host

function short(value) {
  const text = typeof value === "string" ? value : told(value).message;
  if (typeof text !== "string") return "";
  return toWellFormed(cut(text, LONGEST));
}

function wirePlace({ file, line, column, name }) {
  const where = `"file":${stringify(toWellFormed(file))},"line":${line},"column":${column}`;
  return `{${where},"name":${stringify(toWellFormed(name))}}`;
}

function wirePlaces(places) {
  if (places.length === 0) return "";
  let trace = "";
  for (let i = 0; i < places.length; i++) trace += (i === 0 ? "" : ",") + wirePlace(places[i]);
  return `,"where":${wirePlace(places[0])},"trace":[${trace}]`;
}

function wireData(data) {
  try {
    const text = write(data, plain("data"), null);
    return startsWith(text, "{") && text.length <= LONGEST ? `,"data":${text}` : "";
  } catch {
    return ""; // what a script has put there is not data: the error is told without it
  }
}

function wireCause(cause, message) {
  if (cause === undefined || cause === null) return "";
  const text = short(cause);
  return text === message ? "" : `,"cause":${stringify(text)}`;
}

// Returns whatever was thrown as JSON for the host. A script may have changed it: what does not fit is left out.
function wireError(thrown) {
  const { kind, message, hint, retryable, cause, data } = told(thrown);
  let text = `{"kind":${stringify(typeof kind === "string" ? short(kind) : "script")}`;
  text += `,"message":${stringify(short(message ?? ""))}`;
  if (hint !== undefined && hint !== null) text += `,"hint":${stringify(short(hint))}`;
  if (retryable === true) text += `,"retryable":true`;
  if (isObject(data)) text += wireData(data);
  text += wireCause(cause, message);
  return `${text}${wirePlaces(isError(thrown) ? placesOf(thrown) : nowhere)}}`;
}
