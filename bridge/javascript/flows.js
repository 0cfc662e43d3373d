// How flows run. Each step is a scope of its own, below the one that runs the flow; which goes next is decided by the
// order of the steps, never by time.

const flows = new Marks(); // flow -> { title, name, perform }
const stepPaths = new Marks(); // error -> the path of the step that it comes from

// ---------------------------------------------------------------------------------------------------------------
// Errors

// Returns what an error has as data where it may be given the name of a step: data of the script's own stays as it is.
function openData(error) {
  try {
    const { data } = error;
    if (data === undefined || data === null) return {};
    const isPlain = isObject(data) && getPrototypeOf(data) === ObjectPrototype;
    return isPlain && (stepPaths.has(error) || !hasOwn(data, "step")) ? data : null;
  } catch {
    return null; // the script has made `data` a getter that throws
  }
}

// Notes in an error which step it comes from: the names of flows and steps, from the outside to the inside.
function noteStep(error, path) {
  const inner = stepPaths.get(error);
  if (inner !== undefined && startsWith(`${inner}/`, `${path}/`)) return error;
  const known = openData(error);
  if (known === null) return error;
  const data = {};
  const names = keys(known);
  for (let i = 0; i < names.length; i++) put(data, names[i], known[names[i]]);
  const whole = inner === undefined ? path : `${path}/${inner}`;
  put(data, "step", whole);
  stepPaths.set(error, whole);
  put(error, "data", data);
  return error;
}

// Ends a flow with an error. Only where the script itself has run the flow is a place that the error passes.
function failRun(run, error) {
  finish(run.wait, false, run.isOuter ? extend(error, run.found) : error);
}

// ---------------------------------------------------------------------------------------------------------------
// Steps, one after another

// Begins with a step in a scope of its own; ended(ok, value) is called in the scope of the flow.
function startStep(run, step, path, args, ended) {
  const { scope } = run.wait;
  const child = open(scope, run.found);
  start(child, step.begin(path, run.found), args, (ok, value) => {
    const result = ok ? value : noteStep(faultOf(value), path);
    later(scope, () => {
      if (run.wait.state === PENDING) ended(ok, result);
    });
  });
  return child;
}

// Runs a step and goes on with its result, or with `otherwise` where its failure is kept.
function takeStep(run, step, label, args, otherwise, goOn) {
  startStep(run, step, `${run.path}/${label}`, args, (ok, value) => {
    if (ok || step.keeps) goOn(ok ? value : otherwise);
    else failRun(run, value);
  });
}

// ---------------------------------------------------------------------------------------------------------------
// Jobs, side by side

// Runs jobs { name, step, needs, feeds }, at most `limit` at once and each after those that it needs; `needs` and
// `feeds` are the numbers of other jobs, argsOf(job, ends) what a job is called with. Ends the run with
// gather(ends, found), where `ends` are { ok, value } of those that have run, by their numbers; with `keeps` even where
// the whole run is stopped meanwhile.
function workJobs(run, jobs, { limit, keeps }, argsOf, gather) {
  const ends = bare();
  const needed = bare();
  const ready = new Line();
  const live = new Bag();
  let failed = false;

  const launch = () => {
    while (ready.size > 0 && live.size < limit) begin(ready.shift());
    if (live.size === 0) finish(run.wait, true, gather(ends, run.found));
  };
  const begin = (number) => {
    const { name, step } = jobs[number];
    const child = startStep(run, step, `${run.path}/${name}`, argsOf(jobs[number], ends), (ok, value) => {
      if (failed) return;
      live.delete(child);
      ends[number] = { __proto__: null, ok, value };
      if (ok) release(jobs[number].feeds);
      if (ok || step.keeps) launch();
      else stopWith(value);
    });
    live.add(child);
  };
  const stopWith = (error) => {
    failed = true;
    live.forEach((scope) => cancel(scope, "no longer needed"));
    later(run.wait.scope, () => failRun(run, error)); // when those have ended
  };
  const release = (feeds) => {
    for (let i = 0; i < feeds.length; i++) {
      needed[feeds[i]] -= 1;
      if (needed[feeds[i]] === 0) ready.push(feeds[i]);
    }
  };

  for (let i = 0; i < jobs.length; i++) {
    needed[i] = jobs[i].needs.length;
    if (needed[i] === 0) ready.push(i);
  }
  run.wait.keeps = keeps;
  launch();
}

// ---------------------------------------------------------------------------------------------------------------
// Flows

const FLOW = { __proto__: ObjectPrototype };
put(FLOW, Symbol.toStringTag, "Flow", false);
put(FLOW, "toString", function () {
  return nouns.get(this) ?? "flow";
}, false);
freeze(FLOW);

function refusePromise(value) {
  refuseGuard(value);
  if (isPromise(value)) throw wrong("flow.run: `input` must be a value, got a promise", "`await` it");
}

// Returns the promise of a wait that `begin` begins.
function held(label, begin, found = nowhere) {
  const wait = hold(label, found);
  if (wait.state === PENDING) begin(wait);
  return wait.promise;
}

function performFlow(flow, input, path, found, isOuter) {
  return held("run", (wait) => flow.perform({ __proto__: null, wait, path, found, isOuter }, input), found);
}

// Makes a flow; perform(run, input) is what it does. `title` is the name that the script gave it, if it did.
function newFlow(kind, title, perform) {
  const name = title ?? kind;
  const flow = { __proto__: null, title, name, perform };
  const run = (input) => {
    refusePromise(input);
    return performFlow(flow, input, name, siteOf(run), true);
  };
  const object = { __proto__: FLOW, name, kind, run: named(run, "run") };
  const proxy = strict(object, "Flow");
  flows.set(proxy, flow);
  nouns.set(proxy, `flow ${name}`);
  return proxy;
}

// ---------------------------------------------------------------------------------------------------------------
// What may be a step

const STEP = "a function, a flow, or an object with `run`";

// Returns what makes the function of a step, by the path of the step and where the flow was run.
function runnable(verb, name, given, wanted) {
  const flow = flows.get(given);
  if (flow !== undefined) return (path, found) => (input) => performFlow(flow, input, path, found, false);
  if (!isFunction(given)) {
    if (isPromise(given)) demandFunction(verb, name, given);
    demand(false, verb, name, wanted, given);
  }
  return () => given;
}

// Wraps what makes a function such that it is timed, and tried again; `retried` are checked options.
function guarded(begin, duration, retried) {
  if (duration === undefined && retried === null) return begin;
  return (path, found) => {
    const fn = begin(path, found);
    return (first, second) => {
      const call = () => apply(fn, undefined, [first, second]);
      const inTime = () => held("timeout", (wait) => timeIn(wait, duration, call, found));
      const timed = duration === undefined ? call : inTime;
      return retried === null ? timed() : held("retry", (wait) => again(wait, retried, timed, found));
    };
  };
}

// Returns a step { begin, title, flow, keeps, decides, after }; `known` are the options that an object of it may have.
function newStep(verb, name, given, known) {
  const flow = flows.get(given) ?? null;
  const step = { __proto__: null, begin: null, title: flow?.title, flow, keeps: false, decides: false, after: [] };
  if (!isMap(given)) {
    step.begin = runnable(verb, name, given, STEP);
    return step;
  }
  const owner = `${verb}: \`${name}\``;
  const options = optionsOf(owner, given, { __proto__: null, ...known });
  const { on_error: mode, timeout: duration, retry, name: title } = options;
  const begin = runnable(verb, `${name}.run`, options.run, "a function or a flow");
  demand(title === undefined || isName(title), owner, "name", NAME_WANTED, title);
  demand(mode === undefined || mode === "stop" || mode === "keep", owner, "on_error", '"stop" or "keep"', mode);
  if (duration !== undefined) demandDuration(owner, duration, "timeout");
  const retried = retry === undefined ? null : retryOptions(`${verb}: \`${name}.retry\``, retry);
  step.begin = guarded(begin, duration, retried);
  step.flow = flows.get(options.run) ?? null;
  step.title = title ?? step.flow?.title;
  step.keeps = mode === "keep";
  step.decides = mode !== undefined;
  step.after = options.depends_on ?? [];
  return step;
}
