// What a test file has beside the verbs: `test`, which notes a test, and `check`, which compares; and how they run.

const LONGEST_SHOWN = 64 * 1024; // characters of a value that a failed check shows
const SHORT_SHOWN = 60;

const tests = bare(); // { name, fn, line }
let trialOp = null; // the spec of the op that runs a test
let differOp = null; // that of the op that tells the host what a check has compared
let differences = 0;

// ---------------------------------------------------------------------------------------------------------------
// Comparing

const dateTime = uncurry(Date.prototype.getTime);

function timeOf(value) {
  try {
    return dateTime(value);
  } catch {
    return null; // no date
  }
}

// What is inside a typed value, or the object itself.
const insideOf = (value) => values.get(value)?.fields ?? value;

const givenKeys = (map) => keys(map).filter((name) => map[name] !== undefined);

function isEqualText(left, right) {
  const first = values.has(left) ? asText(left) : left;
  const second = values.has(right) ? asText(right) : right;
  return typeof first === "string" && first === second;
}

function isEqualObject(left, right, seen) {
  const time = timeOf(left);
  if (time !== null) return time === timeOf(right);
  const first = insideOf(left);
  const second = insideOf(right);
  if (isArray(first) !== isArray(second)) return false;
  if (!isArray(first) && (!isMap(first) || !isMap(second)) && !(values.has(left) || values.has(right))) return false;
  if (seen.get(first) === second) return true;
  seen.set(first, second);
  if (isArray(first)) return first.length === second.length && hasAll(first, second, seen);
  return givenKeys(first).length === givenKeys(second).length && hasAll(first, second, seen);
}

function isEqual(left, right, seen = new Table()) {
  refuseGuard(left);
  refuseGuard(right);
  if (left === right || (left !== left && right !== right)) return true;
  if (typeof left === "string" || typeof right === "string") return isEqualText(left, right);
  return isObject(left) && isObject(right) && isEqualObject(left, right, seen);
}

// Whether all that one has, the other has too.
function hasAll(part, whole, seen) {
  const names = givenKeys(part);
  for (let i = 0; i < names.length; i++) {
    if (!hasOwn(whole, names[i]) || !isEqual(part[names[i]], whole[names[i]], seen)) return false;
  }
  return true;
}

function isInside(whole, part) {
  refuseGuard(whole);
  if (typeof whole === "string" || (values.has(whole) && !isObject(part))) {
    demandText("check.contains", "part", part);
    return asText(whole).includes(asText(part));
  }
  demand(isObject(whole), "check.contains", "whole", "a text, a list or an object", whole);
  if (isArray(whole)) return whole.some((item) => isEqual(item, part));
  demand(isObject(part), "check.contains", "part", "an object", part);
  return hasAll(part, insideOf(whole), new Table());
}

// ---------------------------------------------------------------------------------------------------------------
// What has failed

// A value as the host is told of it: JSON, or what a person is told where it is no data.
function shownValue(value) {
  if (value === undefined) return "undefined"; // where it is data it is null, which is something else to compare
  let text;
  try {
    text = write(value, plain("value"), null);
  } catch {
    text = stringify(describe(value));
  }
  return cut(text, LONGEST_SHOWN);
}

function differing(verb, relation, expected, actual, found = null) {
  differences += 1;
  const first = shownValue(expected);
  const second = shownValue(actual);
  emit(`["c",0,${callText(differOp, "", [differences, first, second], bare(), found ?? bare())}`);
  const isShort = first.length <= SHORT_SHOWN && second.length <= SHORT_SHOWN;
  const wanted = verb === "equal" ? first : `${relation} ${first}`;
  const message = isShort ? `expected ${wanted}, got ${second}` : relation;
  const data = { check: verb, told: differences };
  return fault(fields("script", `\`check.${verb}\`: ${message}`, undefined, data), found);
}

function failedCheck(verb, message, found = null) {
  return fault(fields("script", `\`check.${verb}\`: ${message}`, undefined, { check: verb }), found);
}

// ---------------------------------------------------------------------------------------------------------------
// Checks

const checkOk = (value, message) => {
  refuseGuard(value);
  if (message !== undefined) demandText("check.ok", "message", message);
  if (!value) throw failedCheck("ok", message === undefined ? `got ${describe(value)}` : asText(message));
};

const checkEqual = (actual, expected) => {
  if (!isEqual(actual, expected)) throw differing("equal", "the values differ", expected, actual);
};

const checkContains = (whole, part) => {
  if (!isInside(whole, part)) throw differing("contains", "something with", part, whole);
};

const RegExpPrototype = RegExp.prototype;

const checkMatches = (text, pattern) => {
  refuseGuard(text);
  demandText("check.matches", "text", text);
  const isPattern = isObject(pattern) && isPrototypeOf(RegExpPrototype, pattern);
  demand(isPattern, "check.matches", "pattern", "a regular expression", pattern);
  pattern.lastIndex = 0;
  if (test(pattern, asText(text)) === null) {
    throw differing("matches", "a text that matches", NativeString(pattern), asText(text));
  }
};

function refuseOther(error, { kind, message }, found) {
  if (kind !== undefined && error.kind !== kind) {
    throw differing("raises", "an error of the kind", kind, `${error.kind}: ${error.message}`, found);
  }
  if (message !== undefined && !error.message.includes(message)) {
    throw differing("raises", "an error whose message has", message, error.message, found);
  }
}

async function raiseIn(fn, expected, wait) {
  let error = null;
  let value;
  try {
    value = await apply(fn, undefined, []);
  } catch (thrown) {
    error = faultOf(thrown);
  }
  try {
    if (error === null) {
      throw failedCheck("raises", `nothing was thrown; the function returned ${describe(value)}`, wait.found);
    }
    if (wait.scope.cancelled === null) refuseOther(error, expected, wait.found);
    settle(wait, wait.scope.cancelled === null, error);
  } catch (failure) {
    settle(wait, false, failure);
  }
}

const checkRaises = (fn, expected) => {
  demandFunction("check.raises", "fn", fn);
  const { kind, message } = optionsOf("check.raises", expected, { __proto__: null, kind: undefined, message: undefined });
  demand(kind === undefined || KINDS.has(kind), "check.raises", "kind", "one of the kinds of errors", kind, KNOWN_KINDS);
  demand(message === undefined || typeof message === "string", "check.raises", "message", "a string", message);
  const wait = hold("check.raises", probe(checkRaises));
  if (wait.state === PENDING) raiseIn(fn, { kind, message }, wait);
  return wait.promise;
};

const CHECKS = {
  ok: [checkOk, "value", "message"], equal: [checkEqual, "actual", "expected"],
  contains: [checkContains, "whole", "part"], matches: [checkMatches, "text", "pattern"],
  raises: [checkRaises, "fn", "expected"],
};

// ---------------------------------------------------------------------------------------------------------------
// Tests

const noteTest = (name, fn) => {
  demand(isName(name), "test", "name", NAME_WANTED, name);
  demandFunction("test", "fn", fn);
  for (let i = 0; i < tests.length; i++) {
    if (tests[i].name !== name) continue;
    throw wrong(`this file has a test ${describe(name)} already`, "tests are told apart by their names");
  }
  const site = innermost(probe(noteTest));
  tests[tests.length] = { __proto__: null, name, fn, line: site === null ? 0 : site.getLineNumber() };
};

// Gives a test file its globals.
function offerTrial(surface) {
  trialOp = specNamed(surface, "_trial");
  differOp = specNamed(surface, "_differ");
  const check = { __proto__: NOUN };
  for (const name of keys(CHECKS)) {
    const [verb, ...parameters] = CHECKS[name];
    put(check, name, named(bounded(`check.${name}`, parameters, verb), name));
  }
  const proxy = strict(check, "check");
  nouns.set(proxy, "check");
  define("check", proxy);
  define("test", named(bounded("test", ["name", "fn"], noteTest), "test"));
}

// Runs the tests, one after the other, each when the host asks for it; behind the body of the file.
async function runTests() {
  for (let i = 0; i < tests.length; i++) {
    const { name, fn, line } = tests[i];
    if (await issue(trialOp, "", [name, fn, line, tests.length - 1 - i], runTests)) return;
  }
}
