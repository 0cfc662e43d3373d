// The globals of the language itself, and the beginning of a run. The engine loads natives, faults, writer, scopes,
// calls, surface and arguments from javascript/, and then this, into one function; `guest` is what it speaks to.

// ---------------------------------------------------------------------------------------------------------------
// Verbs: several functions at once

// Runs jobs { key, item, fn, args }, at most `limit` at once, and ends `wait` with gather(results, failed).
function fan(wait, jobs, { limit, on_error: mode }, gather) {
  const { scope } = wait;
  const results = bare();
  const failed = bare();
  const runners = new Bag();
  let next = 0;
  const more = () => {
    while (wait.state === PENDING && next < jobs.length && runners.size < limit) begin(next++);
    if (next === jobs.length && runners.size === 0) settle(wait, true, gather(results, failed));
  };
  const begin = (i) => {
    const child = open(scope, wait.found);
    runners.add(child);
    start(child, jobs[i].fn, jobs[i].args, (ok, value) => {
      runners.delete(child);
      if (wait.state !== PENDING) return;
      if (ok) results[i] = { __proto__: null, job: jobs[i], value };
      else if (mode === "keep") failed[failed.length] = { item: jobs[i].item, error: faultOf(value) };
      else return decide(wait, runners, false, value);
      more();
    });
  };
  more();
}

// Cancels the scopes that still run and ends the wait of their verb.
function decide(wait, runners, ok, value) {
  runners.forEach((scope) => cancel(scope, "no longer needed"));
  settle(wait, ok, value);
}

function listOf(results, count) {
  const list = bare();
  for (let i = 0; i < count; i++) if (results[i] !== undefined) list[list.length] = results[i].value;
  return common(list);
}

function mapOf(results, count) {
  const map = {};
  for (let i = 0; i < count; i++) if (results[i] !== undefined) put(map, results[i].job.key, results[i].value);
  return map;
}

// Makes the result of `map` and `parallel` from what has come back.
const gatherer = (collect, count, { on_error: mode }) => (results, failed) =>
  mode === "keep" ? { ok: collect(results, count), failed: common(failed) } : collect(results, count);

function fanOut(verb, above, jobs, options, collect) {
  const wait = hold(verb, probe(above));
  if (wait.state === PENDING) fan(wait, jobs, options, gatherer(collect, jobs.length, options));
  return wait.promise;
}

const map = (items, fn, options) => {
  demand(isArray(items), "map", "items", "a list", items);
  demandFunction("map", "fn", fn);
  const chosen = fanOptions("map", options, { __proto__: null, limit: 8, name: undefined, on_error: "stop" });
  const jobs = bare();
  for (let i = 0; i < items.length; i++) jobs[i] = { __proto__: null, key: i, item: items[i], fn, args: [items[i], i] };
  return fanOut("map", map, jobs, chosen, listOf);
};

function jobsOf(verb, fns) {
  demand(isObject(fns) && waitOf(fns) === null, verb, "fns", "a list or an object of functions", fns);
  const names = keys(fns);
  const jobs = bare();
  for (let i = 0; i < names.length; i++) {
    const fn = fns[names[i]];
    demandFunction(verb, isArray(fns) ? `fns[${i}]` : `fns.${names[i]}`, fn);
    jobs[i] = { __proto__: null, key: names[i], item: isArray(fns) ? i : names[i], fn, args: [] };
  }
  return jobs;
}

const parallel = (fns, options) => {
  const jobs = jobsOf("parallel", fns);
  const chosen = fanOptions("parallel", options, { __proto__: null, limit: jobs.length || 1, on_error: "stop" });
  return fanOut("parallel", parallel, jobs, chosen, isArray(fns) ? listOf : mapOf);
};

const race = (fns) => {
  demand(isArray(fns), "race", "fns", "a list of functions", fns);
  demand(fns.length > 0, "race", "fns", "at least one function", fns);
  const jobs = jobsOf("race", fns);
  const wait = hold("race", probe(race));
  if (wait.state !== PENDING) return wait.promise;
  const runners = new Bag();
  for (let i = 0; i < jobs.length; i++) {
    const child = open(wait.scope, wait.found);
    runners.add(child);
    start(child, jobs[i].fn, jobs[i].args, (ok, value) => {
      if (wait.state === PENDING) decide(wait, runners, ok, value);
    });
  }
  return wait.promise;
};

// ---------------------------------------------------------------------------------------------------------------
// Verbs: one function

const spawn = (fn) => {
  demandFunction("spawn", "fn", fn);
  const found = probe(spawn);
  if (current.cancelled !== null) throw cancellation(current.cancelled, found);
  const wait = hold("wait", found);
  const child = open(wait.scope, found);
  wait.quiet = true;
  start(child, fn, [], (ok, value) => settle(wait, ok, value));
  return freeze({
    wait: named(() => {
      wait.quiet = false;
      return wait.promise;
    }, "wait"),
    cancel: named(() => {
      cancel(child, "the task was cancelled");
      look(wait);
      settle(wait, false, cancellation("the task was cancelled", wait.found));
    }, "cancel"),
  });
};

let timer = null; // the spec of the op that `timeout` uses

// Calls the op that waits, for a scope and not for the script; `ring` is called when it has ended, well or not.
function setTimer(duration, found, ring) {
  const wait = newWait(current, timer.op, found);
  const rest = written(timer, "", [duration], bare(), found);
  wait.quiet = true;
  wait.wake = (ok, value) => {
    if (wait.state !== PENDING) return;
    finish(wait, true);
    ring(ok, value);
  };
  send(timer, admit(wait), bare(), rest);
  return wait;
}

function tookLonger(duration) {
  return `the function took longer than ${typeof duration === "string" ? duration : `${duration} s`}`;
}

const timeout = (duration, fn) => {
  demandDuration("timeout", duration);
  demandFunction("timeout", "fn", fn);
  const wait = hold("timeout", probe(timeout));
  if (wait.state !== PENDING) return wait.promise;
  const child = open(wait.scope, wait.found);
  const clock = setTimer(duration, wait.found, (ok, error) => {
    cancel(child, "no longer needed");
    finish(wait, false, ok ? fault(fields("timeout", tookLonger(duration)), wait.found) : error);
  });
  start(child, fn, [], (ok, value) => {
    quit(clock.call);
    finish(clock, true);
    settle(wait, ok, value);
  });
  return wait.promise;
};

async function attemptTo(fn, wait) {
  try {
    settle(wait, true, { ok: true, value: await apply(fn, undefined, []) });
  } catch (thrown) {
    const error = faultOf(thrown);
    if (wait.scope.cancelled !== null) settle(wait, false, error);
    else settle(wait, true, { ok: false, error });
  }
}

const attempt = (fn) => {
  demandFunction("attempt", "fn", fn);
  const wait = hold("attempt", probe(attempt));
  if (wait.state === PENDING) attemptTo(fn, wait);
  return wait.promise;
};

const fail = (message, options) => {
  if (isFault(message)) {
    demand(options === undefined, "fail", "options", "left out where an error is raised again", options);
    throw message;
  }
  demandText("fail", "message", message);
  const { kind, hint } = optionsOf("fail", options, { __proto__: null, kind: "script", hint: undefined });
  demand(KINDS.has(kind), "fail", "kind", "one of the kinds of errors", kind);
  demand(hint === undefined || typeof hint === "string", "fail", "hint", "a string", hint);
  throw fault(fields(kind, asText(message), hint));
};

// ---------------------------------------------------------------------------------------------------------------
// Other globals

const print = (...given) => printTo("out", given);

const Json = {
  encode(value, options) {
    const { pretty } = optionsOf("Json.encode", options, { __proto__: null, pretty: false });
    demand(typeof pretty === "boolean", "Json.encode", "pretty", "a boolean", pretty);
    try {
      return write(value, plain("Json.encode", pretty ? "  " : ""), null);
    } catch (error) {
      throw locate(error, probe(Json.encode));
    }
  },
  decode(text) {
    demandText("Json.decode", "text", text);
    try {
      return parse(asText(text));
    } catch (error) {
      throw fault(fields("script", `Json.decode: ${error.message}`));
    }
  },
  list(items = []) {
    refuseGuard(items);
    if (isArray(items)) return items;
    demand(isObject(items) && keys(items).length === 0, "Json.list", "items", "a list", items);
    return [];
  },
  null: null,
};

const toOut = (...given) => printTo("out", given);
const toErr = (...given) => printTo("err", given);
const console = { log: toOut, info: toOut, debug: toOut, warn: toErr, error: toErr };

async function runSoon(fn, scope) {
  await undefined;
  try {
    fn();
  } catch (error) {
    keep(scope, error);
  }
}

const queueMicrotask = (fn) => {
  demandFunction("queueMicrotask", "fn", fn);
  runSoon(fn, current);
};

// Returns a source of numbers between 0 and 1 that are the same for the same seed (the generator is called sfc32).
function seeded(seed) {
  let a = seed | 0;
  let b = floor(seed / 0x100000000) | 0;
  let c = 0x9e3779b9 | 0;
  let count = 1;
  const next = () => {
    const sum = (a + b + count) | 0;
    count = (count + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = ((c << 21) | (c >>> 11)) + sum | 0;
    return sum >>> 0;
  };
  for (let i = 0; i < 12; i++) next();
  return () => ((next() >>> 5) * 0x4000000 + (next() >>> 6)) / 0x20000000000000;
}

// Removed: shared memory and its clock, machine code, and what shows when garbage is collected.
for (const name of ["WebAssembly", "SharedArrayBuffer", "Atomics", "FinalizationRegistry", "WeakRef"]) {
  delete globalThis[name];
}

// What `spell` returns was read before the spell ran; a declaration that was not found then must not look as if it counted.
function spellOf(args, features) {
  return (declaration) => {
    if (declaration === undefined || features?.manifest !== false) return args;
    const lost = "this `spell({…})` does not count: it has to begin its line, where it is read before the spell runs";
    throw fault(fields("config", lost));
  };
}

function defineVerbs(args, features) {
  const verbs = { print, map, parallel, race, spawn, attempt, fail, queueMicrotask, spell: spellOf(args, features) };
  if (timer !== null) verbs.timeout = timeout;
  for (const name of keys(verbs)) define(name, named(verbs[name], name));
  for (const method of [Json.encode, Json.decode, Json.list, toOut, toErr]) freeze(method);
  define("Json", strict(Json, "Json"));
  define("console", strict(console, "console"));
  define("SpellError", SpellError);
}

// ---------------------------------------------------------------------------------------------------------------
// The run

let args = null;

function setup(text) {
  const { name, source, args: own, seed, surface, limits: given, margin, offset } = read(text);
  args = own;
  spell.name = name;
  spell.source = source;
  spell.margin = margin;
  spell.offset = offset;
  limits.in_flight = given.in_flight;
  limits.output = given.output;
  limits.frame = given.frame;
  Math.random = named(seeded(seed), "random");
  offer(surface);
  const spec = surface.ops?.find(({ op }) => op === surface.timer);
  if (spec !== undefined) timer = newSpec(spec);
  defineVerbs(args, surface.features);
  if (isBeyond(args)) halt(fault(beyond("the arguments of the spell have"), nowhere));
}

// Runs the body of the spell; `export default` has become a property of its `this`.
async function perform(body) {
  const module = { __proto__: null, default: undefined };
  const returned = await apply(body, module, []);
  const result = module.default === undefined ? returned : module.default;
  return { __proto__: null, value: isFunction(result) ? await apply(result, undefined, [args]) : result };
}

// Begins with the spell: an object with one method, whose name is empty.
function begin(compiled) {
  const body = compiled[""];
  spell.code = functionToText(body);
  start(root, () => perform(body), [], (ok, value) => {
    ending = { __proto__: null, ok, value: ok ? value.value : value };
  });
}

const guest = freeze({ setup, begin, take, turn, pump });
