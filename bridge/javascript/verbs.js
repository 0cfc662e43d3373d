// The verbs: functions that take functions of the script, and run them.

// ---------------------------------------------------------------------------------------------------------------
// Verbs: several functions at once

// Runs jobs { key, item, fn, args }, at most `limit` at once, and ends `wait` with gather(results, failed).
function fan(wait, jobs, { limit, name, on_error: mode }, gather) {
  const { scope } = wait;
  const results = bare();
  const failed = bare();
  const runners = new Bag();
  const meter = newMeter(wait, name, jobs.length);
  let next = 0;
  const more = () => {
    while (isOpen(wait) && next < jobs.length && runners.size < limit) begin(next++);
    if (next === jobs.length && runners.size === 0) settle(wait, true, gather(results, failed));
  };
  const begin = (i) => {
    const child = open(scope, wait.found);
    runners.add(child);
    start(child, jobs[i].fn, jobs[i].args, (ok, value) => {
      runners.delete(child);
      if (!isOpen(wait)) return;
      meter(ok, !ok && mode === "stop");
      if (ok) results[i] = { __proto__: null, job: jobs[i], value };
      else if (mode === "keep") failed[failed.length] = { item: jobs[i].item, error: faultOf(value) };
      else return decide(wait, runners, false, value);
      more();
    });
  };
  more();
}

const REPORTS = 10000; // how often a run tells people how far it is

let progress = null; // the spec of the op that tells them
let reported = 0;

// Returns what counts a job that has ended and tells people of it: at first, at each full percent, and at the end.
function newMeter({ found }, name, total) {
  if (name === undefined || progress === null) return sink;
  let done = 0;
  let failed = 0;
  const tell = () => {
    if (reported === REPORTS) return;
    reported += 1;
    emit(`["c",0,${callText(progress, "", [name, done, total, failed], bare(), found)}`);
  };
  tell();
  return (ok, last) => {
    const percent = floor((done * 100) / total);
    done += 1;
    failed += ok ? 0 : 1;
    if (last || floor((done * 100) / total) > percent) tell();
  };
}

// Ends the wait of a verb with how one of its functions has ended: its trace goes on with the call of the verb.
function passOn(wait, ok, value) {
  settle(wait, ok, ok ? value : extend(value, wait.found));
}

// Whether it may still be decided how a wait ends.
const isOpen = (wait) => wait.state === PENDING && !wait.decided;

// Cancels the scopes that still run and ends the wait of their verb.
function decide(wait, runners, ok, value) {
  wait.decided = true;
  runners.forEach((scope) => cancel(scope, "no longer needed"));
  passOn(wait, ok, value);
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
  wait.keeps = options.on_error === "keep";
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
  demand(isArray(fns) || isMap(fns), verb, "fns", "a list or an object of functions", fns);
  const names = isArray(fns) ? null : keys(fns);
  const { length } = names ?? fns;
  const jobs = bare();
  for (let i = 0; i < length; i++) {
    const key = names === null ? i : names[i];
    const fn = fns[key];
    demandFunction(verb, names === null ? `fns[${i}]` : `fns.${key}`, fn);
    jobs[i] = { __proto__: null, key, item: key, fn, args: [] };
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
      if (isOpen(wait)) decide(wait, runners, ok, value);
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
  start(child, fn, [], (ok, value) => passOn(wait, ok, value));
  return strict({
    wait: named(() => {
      wait.quiet = false;
      return wait.promise;
    }, "wait"),
    cancel: named(() => {
      cancel(child, "the task was cancelled");
      look(wait);
      settle(wait, false, cancellation("the task was cancelled", wait.found));
    }, "cancel"),
  }, "Task");
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

// Ends `wait` with what becomes of `fn`, or with an error when it takes longer; `site` is the place of what it calls.
function timeIn(wait, duration, fn, site = wait.found) {
  const child = open(wait.scope, site);
  const clock = setTimer(duration, site, (ok, error) => {
    cancel(child, "no longer needed");
    const late = ok ? fault(fields("timeout", tookLonger(duration)), wait.found) : error;
    later(wait.scope, () => finish(wait, false, late)); // when that has ended
  });
  start(child, fn, [], (ok, value) => {
    quit(clock.call);
    finish(clock, true);
    passOn(wait, ok, value);
  });
}

const timeout = (duration, fn) => {
  demandDuration("timeout", duration);
  demandFunction("timeout", "fn", fn);
  const wait = hold("timeout", probe(timeout));
  if (wait.state === PENDING) timeIn(wait, duration, fn);
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
  if (isError(message)) {
    demand(options === undefined, "fail", "options", "left out where an error is raised again", options);
    throw message;
  }
  demandText("fail", "message", message);
  const { kind, hint } = optionsOf("fail", options, { __proto__: null, kind: "script", hint: undefined });
  demand(KINDS.has(kind), "fail", "kind", "one of the kinds of errors", kind, KNOWN_KINDS);
  demand(hint === undefined || typeof hint === "string", "fail", "hint", "a string", hint);
  throw fault(fields(kind, asText(message), hint));
};
