// The arguments of verbs: what is wrong is an error that names the verb and the parameter.

function describe(value) {
  refuseGuard(value);
  if (typeof value === "string") return stringify(toWellFormed(cut(value, 60)));
  if (isArray(value)) return "a list";
  if (isFunction(value)) return "a function";
  if (isPromise(value)) return "a promise";
  return isObject(value) ? describeObject(value) : NativeString(value);
}

// A map of the language is an object too, but none of those that verbs take: it is told by its class.
function describeObject(value) {
  const name = isMap(value) ? "Object" : className(value);
  return name === "Object" ? "an object" : article(toWellFormed(name));
}

// Whether a value is what is written as a map.
function isMap(value) {
  if (!isObject(value) || isArray(value)) return false;
  const prototype = getPrototypeOf(value);
  return prototype === ObjectPrototype || prototype === null;
}

function demand(good, verb, name, wanted, value, hint = undefined) {
  if (!good) throw wrong(`${verb}: \`${name}\` must be ${wanted}, got ${describe(value)}`, hint);
}

// A promise is what a function returns: the function itself is due, for the verb to call.
function demandFunction(verb, name, value) {
  if (isFunction(value)) return;
  if (!isPromise(value)) return demand(false, verb, name, "a function", value);
  const wait = waitOf(value);
  if (wait !== null) look(wait);
  const call = wait === null ? "…" : `${wait.label}(…)`;
  const hint = `give the function, not what it returns: \`() => ${call}\``;
  throw fault(fields("args", `${verb}: \`${name}\` must be a function, got a promise`, hint), wait && wait.found);
}

function demandText(verb, name, value) {
  demand(typeof value === "string" || values.has(value), verb, name, "a string", value);
}

function listed(names) {
  let text = "";
  for (let i = 0; i < names.length; i++) text += (i === 0 ? "" : ", ") + names[i];
  return text;
}

// Wraps a verb such that it refuses more arguments than it has parameters.
function bounded(verb, parameters, fn) {
  const most = parameters.length;
  return (...given) => {
    if (given.length <= most) return apply(fn, undefined, given);
    throw wrong(`${verb} takes at most ${most} (${listed(parameters)}), got ${given.length} arguments`);
  };
}

// Returns the options of a verb as an object without a prototype; what is not known is refused.
function optionsOf(verb, options, defaults) {
  if (options === undefined) return defaults;
  demand(isMap(options), verb, "options", "an object", options);
  const names = keys(options);
  for (let i = 0; i < names.length; i++) {
    const name = names[i];
    if (!(name in defaults)) throw wrong(`${verb} has no option \`${name}\``, `options: ${listed(keys(defaults))}`);
    if (options[name] !== undefined) defaults[name] = options[name];
  }
  return defaults;
}

const NAME_WANTED = "a text of 1 to 200 bytes";

// Whether something may name a step or a map.
function isName(value) {
  return typeof value === "string" && value !== "" && isWellFormed(value) && sizeOf(value) <= 200;
}

function fanOptions(verb, options, defaults) {
  const chosen = optionsOf(verb, options, defaults);
  const { limit, name, on_error: mode } = chosen;
  demand(isSafeInteger(limit) && limit > 0, verb, "limit", "a positive integer", limit);
  demand(name === undefined || isName(name), verb, "name", NAME_WANTED, name);
  demand(mode === "stop" || mode === "keep", verb, "on_error", '"stop" or "keep"', mode);
  return chosen;
}

const COUNT = /^\d+(?:\.\d+)?$/;
const SPAN = new RegExp(`^${["d", "h", "m", "s", "ms"].map((unit) => `(?:(\\d+(?:\\.\\d+)?)${unit})?`).join("")}$`);
const SECONDS = freeze([86400, 3600, 60, 1, 0.001]);
const LONGEST_SPAN = 3650 * 86400;

// Returns the seconds of a number or of a text such as "1h30m", or NaN.
function secondsOf(duration) {
  if (typeof duration === "number") return duration;
  if (typeof duration !== "string" || duration === "" || duration.length > 100) return NaN;
  if (test(COUNT, duration) !== null) return +duration;
  const counts = test(SPAN, duration);
  if (counts === null) return NaN;
  let seconds = 0;
  for (let i = 0; i < SECONDS.length; i++) seconds += +(counts[i + 1] ?? 0) * SECONDS[i];
  return seconds;
}

// Returns the seconds of a duration. A wrong one is refused here, where no op of the host would: what is timed may end
// at once.
function demandDuration(verb, duration, parameter = "duration") {
  const seconds = secondsOf(duration);
  demand(seconds === seconds, verb, parameter, 'seconds or a text such as "30s", "5m", "24h"', duration);
  demand(seconds >= 0 && seconds <= LONGEST_SPAN, verb, parameter, "from 0 to 3650 days", duration);
  return seconds;
}
