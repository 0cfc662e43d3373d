// Timers. However many a spell sets, one call of the host waits for the one that is due first; so a timer takes no
// place among the calls in flight. A timer belongs to the scope that set it, and ends with it.

const LONGEST_DELAY = 2 ** 31 - 1; // ms, as everywhere; a longer one is cut to it

const AT_ONCE = 100; // timers that strike before we look for more

// What is due, and when: the first comes out first (a binary heap, so that ten thousand timers cost no more than ten).
class Agenda {
  #bells = bare();

  get first() {
    return this.#bells.length === 0 ? null : this.#bells[0];
  }

  add(bell) {
    this.#up(bell, this.#bells.length);
  }

  remove(bell) {
    if (bell.at < 0) return;
    const last = this.#bells[this.#bells.length - 1];
    this.#bells.length -= 1;
    if (last !== bell) {
      this.#down(last, bell.at);
      this.#up(last, last.at);
    }
    bell.at = -1;
  }

  #put(bell, at) {
    this.#bells[at] = bell;
    bell.at = at;
  }

  #up(bell, from) {
    let at = from;
    while (at > 0) {
      const above = (at - 1) >> 1;
      if (!isSooner(bell, this.#bells[above])) break;
      this.#put(this.#bells[above], at);
      at = above;
    }
    this.#put(bell, at);
  }

  #down(bell, from) {
    const { length } = this.#bells;
    let at = from;
    while (at * 2 + 1 < length) {
      let below = at * 2 + 1;
      if (below + 1 < length && isSooner(this.#bells[below + 1], this.#bells[below])) below += 1;
      if (!isSooner(this.#bells[below], bell)) break;
      this.#put(this.#bells[below], at);
      at = below;
    }
    this.#put(bell, at);
  }
}

const isSooner = (a, b) => a.due < b.due || (a.due === b.due && a.rank < b.rank);

const agenda = new Agenda();
const bells = new Table(); // id -> bell
let lastBell = 0;
let lastRank = 0; // in which order they were set
let reached = 0; // ms: how far the alarms have come, which may be ahead of what the clock says
let alarm = null; // { call, due }: the call that waits

function present() {
  reached = max(reached, clock.now);
  return reached;
}

// Of ten thousand timers nobody wants to keep whole stacks.
function onlyInnermost(found) {
  const site = innermost(found);
  const one = bare();
  if (site !== null) one[0] = site;
  return one;
}

// Sets what is called after a while, in the scope that is current, and again after every `period` if there is one.
function setBell(label, delay, period, fn) {
  if (timer === null) throw undefinedName(label);
  const found = onlyInnermost(siteOf(setBell));
  if (current.cancelled !== null) throw cancellation(current.cancelled, found);
  lastBell += 1;
  const wait = newWait(current, label, found);
  const bell = { __proto__: null, id: lastBell, wait, due: 0, rank: 0, at: -1, period, fn };
  wait.quiet = true;
  wait.wake = () => drop(bell);
  admit(wait);
  bells.set(bell.id, bell);
  enter(bell, delay);
  return bell;
}

function enter(bell, delay) {
  lastRank += 1;
  bell.rank = lastRank;
  bell.due = present() + delay;
  agenda.add(bell);
  wind(bell.wait.found);
}

function drop(bell) {
  finish(bell.wait, true);
  bells.delete(bell.id);
  agenda.remove(bell);
  if (agenda.first === null && alarm !== null) silence();
}

function silence() {
  quit(alarm.call);
  alarm = null;
}

// Makes sure that the host rings in time for the first; that it rings too early does no harm.
function wind(found) {
  const { first } = agenda;
  if (first === null || root.cancelled !== null || (alarm !== null && alarm.due <= first.due)) return;
  if (alarm !== null) silence();
  const wait = newWait(root, timer.op, found);
  const own = { __proto__: null, call: null, due: first.due };
  wait.wake = (ok, value) => {
    if (alarm !== own) return;
    alarm = null;
    if (ok) ring(own.due, found);
    else if (root.cancelled === null) halt(value);
  };
  send(timer, wait, bare(), written(timer, "", [(first.due - present()) / 1000], bare(), found));
  own.call = wait.call;
  alarm = own;
}

// Lets all strike that are due, each in its own scope and after what follows from the one before; a task for each
// takes room in the engine, so it is some at a time.
function ring(due, found) {
  reached = max(reached, due);
  const now = present();
  for (let count = 0; agenda.first !== null && agenda.first.due <= now; count++) {
    if (count === AT_ONCE) return later(root, () => ring(due, found));
    const bell = agenda.first;
    agenda.remove(bell);
    later(bell.wait.scope, () => strike(bell), true);
  }
  return wind(found);
}

function strike(bell) {
  if (bell.wait.state !== PENDING) return; // cleared by one that struck before
  if (bell.period === null || bell.wait.scope.cancelled !== null) drop(bell);
  if (bell.wait.scope.cancelled !== null) return;
  bell.fn();
  if (bell.wait.state === PENDING) enter(bell, bell.period);
}

// ---------------------------------------------------------------------------------------------------------------
// What a script calls

// Calls a function of the script whose result nobody gets; what it throws, now or later, makes its scope fail.
function callBack(scope, fn, args) {
  try {
    const value = apply(fn, undefined, args);
    if (waitOf(value) !== null || !isPromise(value)) return;
    listen(value, (ok, error) => {
      if (!ok) keep(scope, error);
    });
  } catch (error) {
    keep(scope, error);
  }
}

function delayOf(verb, ms) {
  if (ms === undefined || ms === null) return 0;
  const isNumber = typeof ms === "number" || typeof ms === "string";
  const delay = isNumber ? +ms : NaN;
  if (delay !== delay) {
    throw wrong(`${verb}: \`ms\` must be a number of milliseconds, got ${describe(ms)}`, "five seconds are 5000");
  }
  return min(max(trunc(delay), 0), LONGEST_DELAY);
}

const setTimeout = (fn, ms, ...args) => {
  demandFunction("setTimeout", "fn", fn);
  const delay = delayOf("setTimeout", ms);
  const scope = current;
  return setBell("setTimeout", delay, null, () => callBack(scope, fn, args)).id;
};

const setInterval = (fn, ms, ...args) => {
  demandFunction("setInterval", "fn", fn);
  const period = max(delayOf("setInterval", ms), 1);
  const scope = current;
  return setBell("setInterval", period, period, () => callBack(scope, fn, args)).id;
};

const clear = (id) => {
  const bell = bells.get(id);
  if (bell !== undefined) drop(bell);
};
const clearTimeout = (id) => clear(id);
const clearInterval = (id) => clear(id);
