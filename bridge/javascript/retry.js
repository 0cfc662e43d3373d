// Trying again what has failed and may go well another time.

const LASTING = new Bag(["args", "config", "auth", "permission", "budget", "cancelled", "approval", "replay"]);
const JITTER = 0.1; // of a wait, at most: those who failed together do not all come back at once

let chance = null; // a source of numbers from 0 up to 1, which the spell's own numbers do not depend on

// Begins the run's own chance: the same numbers for the same seed, in every language (it is called mulberry32).
function beginChance(seed) {
  let state = seed | 0;
  chance = () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 0x100000000;
  };
}

// Whether an error may go away by itself.
function mayPass({ kind, data }, on) {
  if (on !== null) return on.has(kind);
  if (isPlain(data) && hasOwn(data, "undefined")) return false;
  return !LASTING.has(kind);
}

function isPlain(data) {
  return isObject(data) && !isArray(data) && !values.has(data);
}

// Returns how many seconds an error asks to wait.
function asked({ data }) {
  const seconds = isPlain(data) && hasOwn(data, "retry_after") ? data.retry_after : 0;
  return typeof seconds === "number" && isFinite(seconds) && seconds > 0 ? seconds : 0;
}

// Notes in an error how often it was tried, unless its data is the spell's own and no map.
function counted(error, attempts) {
  const data = told(error).data ?? {};
  if (!isPlain(data)) return error;
  const noted = faultOf(error);
  const copy = {};
  const names = keys(data);
  for (let i = 0; i < names.length; i++) put(copy, names[i], data[names[i]]);
  put(copy, "attempts", attempts);
  put(noted, "data", copy);
  return noted;
}

function kindsOf(verb, list) {
  if (list === undefined) return null;
  demand(isArray(list) && list.length > 0, verb, "on", "a list of at least one kind of errors", list);
  const on = new Bag();
  for (let i = 0; i < list.length; i++) {
    const good = KINDS.has(list[i]) && list[i] !== "cancelled";
    demand(good, verb, `on[${i}]`, 'a kind of errors other than "cancelled"', list[i], KNOWN_KINDS);
    on.add(list[i]);
  }
  return on;
}

// Returns the checked options of `retry`, with what is not given.
function retryOptions(verb, options) {
  const defaults = { __proto__: null, times: 3, wait: 1, on: undefined, max_wait: 60, factor: 2 };
  const { times, wait, on, max_wait: longest, factor } = optionsOf(verb, options, defaults);
  demand(isSafeInteger(times) && times > 0, verb, "times", "a positive integer", times);
  const kinds = kindsOf(verb, on);
  const good = typeof factor === "number" && isFinite(factor) && factor >= 1;
  demand(good, verb, "factor", "a number of at least 1", factor);
  return {
    __proto__: null, times, on: kinds, factor,
    wait: demandDuration(verb, wait, "wait"), longest: demandDuration(verb, longest, "max_wait"),
  };
}

// Calls fn(attempt) as often as checked options say; `wait` ends with its first result or its last error. `site` is the
// place of what is called.
function again(wait, { times, on, factor, wait: first, longest }, fn, site = wait.found) {
  let pause = first;
  const begin = (attempt) => {
    start(open(wait.scope, site), fn, [attempt], (ok, value) => {
      if (wait.state !== PENDING) return;
      if (ok) settle(wait, true, value);
      else later(wait.scope, () => decideAgain(attempt, value));
    });
  };
  const decideAgain = (attempt, error) => {
    if (wait.state !== PENDING || wait.scope.cancelled !== null) return;
    try {
      const shape = told(error);
      if (attempt === times || !mayPass(shape, on)) return passOn(wait, false, counted(error, attempt));
      const least = min(pause, longest);
      pause = least * factor;
      goOn(attempt + 1, min(max(least, asked(shape)) * (1 + JITTER * chance()), longest));
    } catch (failure) {
      passOn(wait, false, failure); // the data of an error is the script's own: reading it may throw
    }
  };
  const goOn = (attempt, seconds) =>
    setTimer(seconds, wait.found, (ok, failure) => {
      if (ok) begin(attempt);
      else finish(wait, false, failure);
    });
  begin(1);
}

const retry = (options, fn) => {
  const checked = retryOptions("retry", options);
  demandFunction("retry", "fn", fn);
  const wait = hold("retry", probe(retry));
  if (wait.state === PENDING) again(wait, checked, fn);
  return wait.promise;
};
