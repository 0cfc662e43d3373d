// Steps: functions with a name, whose value is kept for the rest of the run.

const steps = new Table(); // name -> { name, text, waiters }; a step that is done has a text, its value as JSON
const stepsIn = new Marks(); // scope -> the step that runs in it

// ---------------------------------------------------------------------------------------------------------------
// A value as it comes back

// Takes off what the writer has marked: a type, and keys of the spell's own that look like a mark.
function restoredMap(map) {
  const plainMap = {};
  let type = null;
  const names = keys(map);
  for (let i = 0; i < names.length; i++) {
    const name = names[i];
    if (name === "$bytes") return map[name]; // what is revived with its typed value
    if (name === "$type") type = types.get(map[name]);
    else put(plainMap, startsWith(name, "$") ? slice(name, 1) : name, restored(map[name]));
  }
  return type === null ? plainMap : revive(type, plainMap);
}

function restored(value) {
  if (!isObject(value)) return value;
  if (!isArray(value)) return restoredMap(value);
  for (let i = 0; i < value.length; i++) value[i] = restored(value[i]);
  return value;
}

// ---------------------------------------------------------------------------------------------------------------
// Who waits for whom

// Adds the steps that a scope is part of, innermost first.
function addStepsAbove(scope, found) {
  for (let at = scope; at !== null; at = at.parent) {
    const step = stepsIn.get(at);
    if (step !== undefined) found[found.length] = step;
  }
}

// Refuses to wait for a step that waits for one of those that the running scope is part of.
function refuseCircle(step, found) {
  const others = bare();
  const seen = new Bag();
  addStepsAbove(current, others);
  for (let at = 0; at < others.length; at++) {
    const other = others[at];
    if (other === step) {
      const way = others[0] === step ? "" : `, by way of ${stringify(others[0].name)}`;
      throw fault(fields("script", `step ${stringify(step.name)} waits for itself${way}`), found);
    }
    if (seen.has(other)) continue;
    seen.add(other);
    for (let i = 0; i < other.waiters.length; i++) {
      const { wait } = other.waiters[i];
      if (wait.state === PENDING) addStepsAbove(wait.scope, others);
    }
  }
}

// ---------------------------------------------------------------------------------------------------------------
// Running a step

// Each of those who waited gets an error of its own: its trace goes on where that one waits.
function copyOf(error) {
  const copy = fault(told(error));
  replace(copy, isError(error) ? placesOf(error) : nowhere);
  return copy;
}

function wakeAll(step, ok, value) {
  const { waiters } = step;
  step.waiters = bare();
  for (let i = 0; i < waiters.length; i++) {
    const { wait } = waiters[i];
    if (wait.state !== PENDING) continue;
    passOn(wait, ok, ok ? restored(parse(step.text)) : copyOf(value));
  }
}

function endStep(step, value) {
  try {
    step.text = writeResult(`the value of step ${stringify(step.name)}`, value, false);
  } catch (refusal) {
    return failStep(step, refusal);
  }
  return wakeAll(step, true);
}

// A step that fails is forgotten.
function failStep(step, error) {
  steps.delete(step.name);
  wakeAll(step, false, error);
}

// So is one that was cancelled with the scope that ran it, but then the first of those who still wait runs it.
function handOver(step) {
  if (steps.get(step.name) !== step) return;
  steps.delete(step.name);
  const { waiters } = step;
  step.waiters = bare();
  for (let i = 0; i < waiters.length; i++) {
    const { wait, fn } = waiters[i];
    if (wait.state === PENDING && wait.scope.cancelled === null) later(wait.scope, () => joinStep(wait, step.name, fn));
  }
}

function beginStep(wait, name, fn) {
  const scope = open(wait.scope, wait.found);
  const step = { __proto__: null, name, text: null, waiters: bare() };
  steps.set(name, step);
  stepsIn.set(scope, step);
  wait.wake = (ok, value) => {
    finish(wait, ok, value);
    handOver(step);
  };
  start(scope, fn, [], (ok, value) => {
    if (steps.get(name) !== step) return;
    if (wait.scope.cancelled !== null) handOver(step);
    else if (ok) endStep(step, value);
    else failStep(step, value);
  });
  return step;
}

// Ends a wait with the value of a step, which it begins if nobody has.
function joinStep(wait, name, fn) {
  if (wait.state !== PENDING || wait.scope.cancelled !== null) return;
  const step = steps.get(name) ?? beginStep(wait, name, fn);
  if (step.text !== null) settle(wait, true, restored(parse(step.text)));
  else step.waiters[step.waiters.length] = { __proto__: null, wait, fn };
}

const stepOnce = (name, fn) => {
  demand(isName(name), "step", "name", NAME_WANTED, name);
  demandFunction("step", "fn", fn);
  const found = probe(stepOnce);
  const running = steps.get(name);
  if (running !== undefined && running.text === null) refuseCircle(running, found);
  const wait = hold("step", found);
  joinStep(wait, name, fn);
  return wait.promise;
};
