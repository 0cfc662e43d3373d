// Scopes, and the promises that guard themselves.
//
// A scope is the work begun by one function that a verb was given; the body of the spell is the root. V8 tells nobody
// which function goes on after an `await`, so the engine lets one task run until nothing in V8 can go on, and only then
// the next: whatever runs in between belongs to the scope of the task. What is done in one scope and awaited in another
// crosses by a task too. Only a promise that the script itself has made can carry control from scope to scope unseen.

const PENDING = 0;
const DONE = 1;
const FAILED = 2;

const tasks = new Line(); // what runs next: { scope, run, alone }
let turns = 0; // that the tasks take: those of one scope, one behind another, take one
const root = open(null);
let current = root;

// What is `alone` begins only when all that follows from the task before has come to rest.
function later(scope, run, alone = false) {
  if (alone || tasks.last()?.scope !== scope) turns += 1;
  tasks.push({ __proto__: null, scope, run, alone });
}

function nextTask() {
  const task = tasks.shift();
  const next = tasks.first();
  if (next === null || next.alone || next.scope !== task.scope) turns -= 1;
  return task;
}

// Runs the next task, and those behind it that belong to the same scope; returns how many turns are left.
function turn() {
  if (tasks.size === 0) return 0;
  current = tasks.first().scope;
  try {
    do nextTask().run();
    while (tasks.size > 0 && tasks.first().scope === current && !tasks.first().alone);
  } catch (error) {
    halt(error); // no task throws, unless the script has used up the stack or has broken what is its own
  }
  return turns;
}

// ---------------------------------------------------------------------------------------------------------------
// Waits: what a scope waits for, or may have forgotten

// `found` is where in the spell it began, `quiet` that nobody needs to look at it, `wake` how it ends, `decided` that
// it is known how.
function newWait(scope, label, found) {
  const wait = {
    __proto__: null, scope, label, found, state: PENDING, seen: false, quiet: false, awaited: 0,
    keeps: false, error: undefined, promise: null, resolve: null, reject: null, wake: null, call: null, decided: false,
  };
  wait.wake = (ok, value) => finish(wait, ok, value);
  return wait;
}

// Adds a wait to its scope; in a scope that is cancelled it fails at once.
function admit(wait) {
  const { cancelled } = wait.scope;
  if (cancelled === null) wait.scope.waits.add(wait);
  else wait.wake(false, cancellation(cancelled, wait.found));
  return wait;
}

function mark(wait, ok, value) {
  wait.state = ok ? DONE : FAILED;
  wait.error = ok ? undefined : value;
  if (ok || wait.seen) wait.scope.waits.delete(wait);
}

// Ends a wait, in its own scope.
function finish(wait, ok, value) {
  if (wait.state !== PENDING) return;
  mark(wait, ok, value);
  if (wait.promise === null) return;
  if (ok) wait.resolve(value);
  else wait.reject(value);
}

// Ends a wait from whatever scope runs.
function settle(wait, ok, value) {
  if (wait.scope === current) finish(wait, ok, value);
  else later(wait.scope, () => finish(wait, ok, value));
}

function look(wait) {
  wait.seen = true;
  if (wait.state === FAILED) wait.scope.waits.delete(wait);
}

function cancellation(reason, found) {
  return fault(fields("cancelled", reason), found);
}

// Keeps an error that nobody can look at, for the end of the scope.
function keep(scope, error) {
  const wait = newWait(scope, "", null);
  mark(wait, false, unguarded(error));
  scope.waits.add(wait);
}

// ---------------------------------------------------------------------------------------------------------------
// Guards: promises that know whether anybody looked at them

let waitOf;
let listening = false;

class Guard extends NativePromise {
  #wait;

  static {
    waitOf = (value) => (isObject(value) && #wait in value ? value.#wait : null);
  }

  constructor(executor, wait) {
    super(executor);
    this.#wait = wait;
  }

  then(onDone, onFailed) {
    const wait = waitOf(this);
    look(wait);
    if (wait.awaited > 0) wait.awaited -= 1; // `Promise.all` and its like have asked for `constructor` before
    return follow(wait, onDone, onFailed).promise;
  }
}

// `await` asks for this and nothing else: it is how we learn that somebody looks. A promise of another scope is
// disowned, so that `await` goes through `then`.
function constructorOf() {
  const wait = listening ? null : waitOf(this);
  if (wait === null) return undefined;
  look(wait);
  wait.awaited += 1;
  return wait.scope === current ? NativePromise : undefined;
}

function guardConstructor(Type) {
  defineProperty(Type.prototype, "constructor", { __proto__: null, get: constructorOf, configurable: false });
}

guardConstructor(Guard);

// Calls react(ok, value) once a promise of ours is settled.
function listen(promise, react) {
  listening = true;
  try {
    promiseThen(promise, (value) => react(true, value), (error) => react(false, error));
  } finally {
    listening = false;
  }
}

// Makes the wait of what `then` returns: it ends with what the handler makes of the end of another.
function follow(wait, onDone, onFailed) {
  const after = hold(wait.label, wait.found);
  after.quiet = isFunction(onFailed);
  let woken = false;
  const react = (ok, value) => {
    if (woken) return;
    woken = true;
    handle(after, ok ? onDone : onFailed, ok, value);
  };
  if (after.state !== PENDING) return after;
  listen(after.promise, (ok, value) => mark(after, ok, value)); // before anybody else: who goes on finds it marked
  after.wake = react;
  listen(wait.promise, (ok, value) => {
    if (wait.scope === after.scope) react(ok, value);
    else later(after.scope, () => react(ok, value));
  });
  return after;
}

function handle(after, handler, ok, value) {
  if (!isFunction(handler)) return finish(after, ok, value);
  try {
    after.resolve(apply(handler, undefined, [value])); // it may be a promise of the script's own
  } catch (error) {
    finish(after, false, error);
  }
}

// Makes a wait of the current scope, with a guard for the script.
function hold(label, found, Type = Guard) {
  const wait = newWait(current, label, found);
  wait.promise = new Type((resolve, reject) => {
    wait.resolve = resolve;
    wait.reject = reject;
  }, wait);
  return admit(wait);
}

// ---------------------------------------------------------------------------------------------------------------
// A missing await

const AWAIT = "it returns a promise: the value is there after `await`";

function missing(wait) {
  return fault(fields("script", `missing \`await\` before ${wait.label}(…)`, AWAIT), wait.found);
}

// Returns what was thrown, or the error that says that its `await` is missing.
function unguarded(thrown) {
  const wait = waitOf(thrown);
  if (wait === null) return thrown;
  look(wait);
  return missing(wait);
}

function running(wait) {
  const message = `missing \`await\`: the function that waits for ${wait.label}(…) was left running`;
  return fault(fields("script", message, "`await` that function, or give it to `race` or `spawn`"), wait.found);
}

function refuseGuard(value) {
  const wait = waitOf(value);
  if (wait === null) return;
  look(wait);
  throw missing(wait);
}

function trap(prototype, name) {
  const get = function () {
    return refuseGuard(this);
  };
  defineProperty(prototype, name, { __proto__: null, get, configurable: false });
}

// Returns a class of guards that refuse to be used as if they were their result.
function guardFor(names) {
  const Type = class extends Guard {};
  guardConstructor(Type);
  for (let i = 0; i < names.length; i++) {
    if (!(names[i] in Guard.prototype)) trap(Type.prototype, names[i]);
  }
  return Type;
}

const TRAPS = [
  "toString", "toLocaleString", "toJSON", Symbol.toPrimitive, Symbol.iterator,
  ...Object.getOwnPropertyNames(Array.prototype), ...Object.getOwnPropertyNames(String.prototype),
];
for (const name of TRAPS) {
  if (name !== "valueOf" && !hasOwn(Guard.prototype, name)) trap(Guard.prototype, name);
}

// ---------------------------------------------------------------------------------------------------------------
// Scopes

// `found` is where in the spell the verb was called that opens it.
function open(parent, found = null) {
  const scope = {
    __proto__: null, parent, found, children: new Bag(), waits: new Bag(), ended: false,
    cancelled: parent === null ? null : parent.cancelled,
  };
  if (parent !== null) parent.children.add(scope);
  return scope;
}

// Calls fn(...args) in a scope, in a task of its own; `done(ok, value)` is called in that scope when all has ended.
function start(scope, fn, args, done) {
  later(scope, () => {
    if (scope.cancelled === null) live(scope, fn, args, done);
    else close(scope, false, cancellation(scope.cancelled, scope.found), done);
  });
}

async function live(scope, fn, args, done) {
  let ok = true;
  let value;
  try {
    value = await apply(fn, undefined, args);
  } catch (error) {
    ok = false;
    value = unguarded(error);
  }
  close(scope, ok, value, done);
}

// Ends a scope: its function has ended.
function close(scope, ok, value, done) {
  if (scope.ended) return;
  const lost = ok ? leftover(scope) : null;
  scope.ended = true;
  stop(scope, "its function has ended", "the function that started it has ended");
  if (scope.parent !== null) scope.parent.children.delete(scope);
  if (lost === null) done(ok, value);
  else done(false, lost.error);
}

// Returns what makes a scope fail whose function has ended well: the first thing that nobody looked at.
function leftover(scope) {
  let lost = null;
  scope.waits.forEach((wait) => {
    if (lost === null) lost = lossOf(wait);
  });
  return lost;
}

function lossOf(wait) {
  if (wait.state === FAILED) return wait.seen ? null : { __proto__: null, error: wait.error };
  if (wait.quiet) return null;
  if (!wait.seen) return { __proto__: null, error: missing(wait) };
  return wait.awaited > 0 ? { __proto__: null, error: running(wait) } : null;
}

function cancel(scope, reason) {
  if (scope.ended || scope.cancelled !== null) return;
  stop(scope, reason, reason);
}

let stopping = false; // whether somebody wants the run to end

// Cancels all.
function cancelRun(reason) {
  stopping = true;
  cancel(root, reason);
}

// Cancels all below a scope, and then what it waits for itself. Where the whole run is stopped, what keeps the results
// of the scopes below waits until they have ended.
function stop(scope, own, below) {
  if (scope.cancelled !== null) return;
  scope.cancelled = own;
  scope.children.forEach((child) => cancel(child, below));
  scope.waits.forEach((wait) => {
    if (wait.state !== PENDING || (stopping && wait.keeps)) return;
    if (wait.call !== null) quit(wait.call);
    later(scope, () => wait.wake(false, cancellation(own, wait.found)));
  });
}
