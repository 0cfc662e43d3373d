// The global `Workflow`: what its functions are given is checked here, before anything runs.

const MOST_NAMES = 20; // that an error lists

// ---------------------------------------------------------------------------------------------------------------
// Options

const OF_GUARDS = { __proto__: null, timeout: undefined, retry: undefined, on_error: undefined };
const OF_STEP = { __proto__: null, run: undefined, ...OF_GUARDS };
const OF_NAMED_STEP = { __proto__: null, name: undefined, ...OF_STEP };
const OF_NODE = { __proto__: null, run: undefined, depends_on: undefined, ...OF_GUARDS };

const A_LIST_OF_STEPS = "a list of steps";
const A_MAP_OF_STEPS = "an object of steps";
const A_LIST_OF_NAMES = "a list of names of nodes";
const A_LIST_OF_EDGES = "a list of pairs of names of nodes";

// Returns the options of a constructor, whose names are `known`.
function chosenOf(verb, given, known) {
  const chosen = { __proto__: null };
  for (let i = 0; i < known.length; i++) chosen[known[i]] = undefined;
  optionsOf(verb, given ?? {}, chosen);
  const { name, limit, on_error: mode } = chosen;
  demand(name === undefined || isName(name), verb, "name", NAME_WANTED, name);
  demand(limit === undefined || (isSafeInteger(limit) && limit > 0), verb, "limit", "a positive integer", limit);
  demand(mode === undefined || mode === "stop" || mode === "keep", verb, "on_error", '"stop" or "keep"', mode);
  return chosen;
}

// The order of names is that of their code points, as in Lua; halves of pairs stand for the highest of them.
function compareNames(left, right) {
  for (let i = 0; i < left.length && i < right.length; i++) {
    const difference = rankOf(charCodeAt(left, i)) - rankOf(charCodeAt(right, i));
    if (difference !== 0) return difference;
  }
  return left.length - right.length;
}

const rankOf = (unit) => (unit >= 0xd800 && unit < 0xe000 ? unit + 0x10000 : unit);

// Returns the names of an object in their order.
function namesOf(verb, parameter, map, wanted) {
  demand(isMap(map), verb, parameter, wanted, map);
  const names = keys(map);
  for (let i = 0; i < names.length; i++) demand(isName(names[i]), verb, parameter, wanted, map);
  return sortList(names, compareNames);
}

function someOf(names) {
  if (names.length === 0) return "none";
  let text = "";
  for (let i = 0; i < names.length && i < MOST_NAMES; i++) text += (i === 0 ? "" : ", ") + names[i];
  return names.length > MOST_NAMES ? `${text}, … ${names.length - MOST_NAMES} more` : text;
}

// ---------------------------------------------------------------------------------------------------------------
// One after another

function sequenceFlow(verb, given) {
  const chosen = chosenOf(verb, given, ["name", "steps"]);
  const list = chosen.steps;
  demand(isArray(list), verb, "steps", A_LIST_OF_STEPS, list);
  const steps = bare();
  for (let i = 0; i < list.length; i++) steps[i] = newStep(verb, `steps[${i}]`, list[i], OF_NAMED_STEP);
  return newFlow("sequence", chosen.name, (run, input) => {
    const next = (i, value) => {
      if (i === steps.length) return finish(run.wait, true, value);
      return takeStep(run, steps[i], steps[i].title ?? i + 1, [value, i], value, (result) => next(i + 1, result));
    };
    next(0, input);
  });
}

// Returns the key that was chosen: a string, or a reply, which counts as its text.
function keyOf(value) {
  if (typeof value === "string") return value;
  return values.has(value) ? asText(value) : null;
}

function noKey(verb, value) {
  return fault(fields("script", `${verb}: \`choose\` must return a string, got ${describe(value)}`), nowhere);
}

function noBranch(verb, names, key) {
  const hint = `branches: ${someOf(names)}; or give a \`default\``;
  return fault(fields("script", `${verb}: \`choose\` returned ${describe(key)}, which is no branch`, hint), nowhere);
}

function branchFlow(verb, given) {
  const chosen = chosenOf(verb, given, ["name", "choose", "branches", "default"]);
  demandFunction(verb, "choose", chosen.choose);
  const names = namesOf(verb, "branches", chosen.branches, A_MAP_OF_STEPS);
  const steps = new Table();
  for (let i = 0; i < names.length; i++) {
    steps.set(names[i], newStep(verb, `branches.${names[i]}`, chosen.branches[names[i]], OF_STEP));
  }
  const choose = newStep(verb, "choose", chosen.choose, OF_STEP);
  const otherwise = chosen.default === undefined ? null : newStep(verb, "default", chosen.default, OF_STEP);
  const goOn = (run, key, input) => {
    const step = steps.get(key) ?? otherwise;
    if (step === null) return failRun(run, noBranch(verb, names, key));
    const label = steps.has(key) ? key : "default";
    return takeStep(run, step, label, [input], input, (value) => finish(run.wait, true, value));
  };
  return newFlow("branch", chosen.name, (run, input) => {
    takeStep(run, choose, "choose", [input], undefined, (chosenKey) => {
      const key = keyOf(chosenKey);
      if (key === null) failRun(run, noKey(verb, chosenKey));
      else goOn(run, key, input);
    });
  });
}

function loopFlow(verb, given) {
  const chosen = chosenOf(verb, given, ["name", "max", "start", "body", "done"]);
  const { max } = chosen;
  if (!isSafeInteger(max) || max <= 0) {
    const hint = "nothing else is sure to end a loop: `max` is the number of rounds after which it ends, done or not";
    throw wrong(`${verb}: \`max\` must be a positive integer, got ${describe(max)}`, hint);
  }
  const body = newStep(verb, "body", chosen.body, OF_STEP);
  if (chosen.done !== undefined) demandFunction(verb, "done", chosen.done);
  const done = chosen.done === undefined ? null : newStep(verb, "done", chosen.done, OF_STEP);
  return newFlow("loop", chosen.name, (run, input) => {
    const round = (i, before) => takeStep(run, body, i + 1, [before, i], before, (value) => {
      const next = () => (i + 1 < max ? round(i + 1, value) : finish(run.wait, true, value));
      if (done === null) return next();
      return takeStep(run, done, `${i + 1}/done`, [value, i], true, (isDone) => {
        if (isDone) finish(run.wait, true, value);
        else next();
      });
    });
    round(0, input === undefined ? chosen.start : input);
  });
}

// ---------------------------------------------------------------------------------------------------------------
// Side by side

// Returns { jobs, names, keeps }: a job for each step of an object, and whether the failure of any is kept.
function jobsFor(verb, parameter, chosen, known, wanted) {
  const map = chosen[parameter];
  const names = namesOf(verb, parameter, map, wanted);
  const jobs = bare();
  let keeps = chosen.on_error === "keep";
  for (let i = 0; i < names.length; i++) {
    const step = newStep(verb, `${parameter}.${names[i]}`, map[names[i]], known);
    if (!step.decides) step.keeps = chosen.on_error === "keep";
    keeps ||= step.keeps;
    jobs[i] = { __proto__: null, name: names[i], step, needs: bare(), feeds: bare(), after: step.after };
  }
  return { __proto__: null, jobs, names, keeps };
}

function byName(jobs, ends) {
  const map = {};
  for (let i = 0; i < jobs.length; i++) if (ends[i]?.ok) put(map, jobs[i].name, ends[i].value);
  return map;
}

// Returns what comes of jobs of which some may have failed.
function kept(jobs, ends, found) {
  const failed = bare();
  const skipped = bare();
  for (let i = 0; i < jobs.length; i++) {
    if (ends[i] === undefined) skipped[skipped.length] = jobs[i].name;
    else if (!ends[i].ok) failed[failed.length] = { item: jobs[i].name, error: locate(ends[i].value, found) };
  }
  return { ok: byName(jobs, ends), failed: common(failed), skipped: common(skipped) };
}

function parallelFlow(verb, given) {
  const chosen = chosenOf(verb, given, ["name", "branches", "limit", "on_error"]);
  const { jobs, keeps } = jobsFor(verb, "branches", chosen, OF_STEP, A_MAP_OF_STEPS);
  const bounds = { __proto__: null, limit: chosen.limit ?? Infinity, keeps };
  return newFlow("parallel", chosen.name, (run, input) => {
    workJobs(run, jobs, bounds, () => [input], (ends, found) => {
      return keeps ? kept(jobs, ends, found) : byName(jobs, ends);
    });
  });
}

// ---------------------------------------------------------------------------------------------------------------
// The global

const makers = {
  __proto__: null, sequence: sequenceFlow, parallel: parallelFlow, branch: branchFlow, loop: loopFlow, graph: graphFlow,
};

// Returns the members of the global.
function workflow() {
  const members = {};
  for (const kind of keys(makers)) {
    const verb = `Workflow.${kind}`;
    members[kind] = named(bounded(verb, ["options"], (given) => makers[kind](verb, given)), kind);
  }
  return strict(members, "Workflow");
}
