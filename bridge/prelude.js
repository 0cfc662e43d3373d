// The globals of the language itself, and the beginning of a run. The engine loads the parts in javascript/ and then
// this into one function; `guest` is what it speaks to. Those in javascript/web/ are in a function of their own inside.

// ---------------------------------------------------------------------------------------------------------------
// Other globals

const print = (...given) => printTo("out", given);

const toOut = (...given) => printTo("out", given);
const toErr = (...given) => printTo("err", given);
const console = {
  log: toOut, info: toOut, debug: toOut, warn: toErr, error: toErr,
  dir: (value) => printTo("out", [value]),
  assert(good, ...given) {
    refuseGuard(good);
    if (!good) printTo("err", given.length === 0 ? ["assertion failed"] : given);
  },
};

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

const NOT_INSIDE = "a module declares nothing: only the spell itself has a manifest";
const MOVE = "move it into the spell; `spell()` without an argument returns the arguments anywhere";

// What `spell` returns was read before the spell ran; a declaration that was not found then must not look as if it counted.
function spellOf(args, features) {
  const spell = (declaration) => {
    if (declaration === undefined) return args;
    const site = innermost(probe(spell));
    if (site !== null && sourceOf(site).inside) throw fault(fields("config", NOT_INSIDE, MOVE));
    if (features?.manifest !== false) return args;
    const lost = "this `spell({…})` does not count: it has to begin its line, where it is read before the spell runs";
    throw fault(fields("config", lost));
  };
  return spell;
}

const VERBS = {
  map: [map, "items", "fn", "options"], parallel: [parallel, "fns", "options"], race: [race, "fns"],
  spawn: [spawn, "fn"], step: [stepOnce, "name", "fn"], attempt: [attempt, "fn"], fail: [fail, "message", "options"],
};
const TIMED_VERBS = { timeout: [timeout, "duration", "fn"], retry: [retry, "options", "fn"] };

function defineVerbs(args, features) {
  const verbs = { print, queueMicrotask, spell: spellOf(args, features) };
  for (const known of timer === null ? [VERBS] : [VERBS, TIMED_VERBS]) {
    for (const [name, [verb, ...parameters]] of Object.entries(known)) verbs[name] = bounded(name, parameters, verb);
  }
  for (const name of keys(verbs)) define(name, named(verbs[name], name));
  for (const method of [Json.encode, Json.decode, Json.list, toOut, toErr, console.dir, console.assert]) freeze(method);
  if (timer !== null) define("Workflow", workflow());
  define("Json", strict(Json, "Json"));
  define("console", strict(console, "console"));
  define("performance", performanceOf());
  define("SpellError", SpellError);
}

// ---------------------------------------------------------------------------------------------------------------
// The run

let args = null;

function specNamed({ ops = [] }, name) {
  const entry = ops.find(({ op }) => op === name);
  return entry === undefined ? null : newSpec(entry);
}

function setup(text) {
  const { args: own, now, seed, surface, limits: given, sources: known, files, data } = read(text);
  args = own;
  for (const name of keys(known)) addSource(name, known[name]);
  limits.in_flight = given.in_flight;
  limits.output = given.output;
  limits.frame = given.frame;
  setClock(now);
  Math.random = named(seeded(seed), "random");
  offer(surface);
  timer = specNamed(surface, surface.timer);
  progress = specNamed(surface, surface.progress);
  beginChance(seed);
  addModules(files, data);
  defineVerbs(args, surface.features);
  if (surface.features?.trial === true) offerTrial(surface);
  if (surface.features?.coverage === true) beginCoverage(surface);
  offerWeb(surface, seed);
  if (isBeyond(args)) halt(fault(beyond("the arguments of the spell have"), nowhere));
}

// Takes the code of a file: an object with one method, whose name is empty.
function compile(path, known, compiled) {
  const module = loaded.get(path);
  module.body = compiled[""];
  sources.get(known).code = functionToText(module.body);
}

// Runs the spell behind its modules.
async function performSpell(module) {
  if (module.order.length > 0) await runBefore(module);
  const returned = await perform(module);
  if (trialOp !== null) return { __proto__: null, value: await runTests() };
  const origin = module.exports.default;
  const exported = origin === undefined ? undefined : valueOf(origin);
  const result = exported === undefined ? returned : exported;
  return { __proto__: null, value: isFunction(result) ? await apply(result, undefined, [args]) : result };
}

function begin() {
  start(root, () => performSpell(loaded.get(SPELL)), [], (ok, value) => {
    ending = { __proto__: null, ok, value: ok ? value.value : value };
  });
}

const liveOf = (path) => loaded.get(path).live;

const guest = freeze({ setup, compile, live: liveOf, covering, begin, take, turn, pump });
