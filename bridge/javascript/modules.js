// The modules of a spell. The engine has linked them: it says which name of which module each import stands for, and in
// which order they run. They run in the root scope, so what one of them begins lives as long as the spell.

const SPELL = ""; // the path of the spell itself
const ALL = "*"; // the name of all that a module exports
const loaded = new Table(); // path -> module

// `self` is what the code of a module has as `this`: the imports that it is given, and its own exports.
function addModule({ path, folder, order, uses, given, live, exports }) {
  const module = {
    __proto__: null, path, folder, order, uses, given, live: null, exports, space: null, job: null, done: false, body: null,
    self: { __proto__: null, default: undefined, names: undefined, given: undefined, load: undefined },
  };
  module.live = gettersOf(live);
  module.self.load = loader(module);
  loaded.set(path, module);
}

function jsonData(path, text) {
  try {
    return decodeJson(text);
  } catch ({ message, hint }) {
    return halt(fault(fields("script", `${path}: ${message}`, hint), nowhere));
  }
}

function addFile(path, text) {
  const self = { __proto__: null, default: jsonData(path, text), names: undefined };
  const exports = { __proto__: null, default: [path, "default"] };
  loaded.set(path, { __proto__: null, path, order: bare(), exports, space: null, job: null, done: true, body: null, self });
}

function addModules(files, data) {
  for (let i = 0; i < files.length; i++) addModule(setPrototypeOf(files[i], null));
  const paths = keys(data);
  for (let i = 0; i < paths.length; i++) addFile(paths[i], data[paths[i]]);
}

// ---------------------------------------------------------------------------------------------------------------
// Names

function valueOf(origin) {
  const module = loaded.get(origin[0]);
  if (origin[1] === ALL) return spaceOf(module);
  const { names } = module.self;
  return names !== undefined && hasOwn(names, origin[1]) ? apply(names[origin[1]], undefined, []) : module.self.default;
}

// Returns an object whose properties are always what the exports are now.
function gettersOf(origins, target = { __proto__: null }) {
  const names = keys(origins);
  for (let i = 0; i < names.length; i++) {
    const origin = origins[names[i]];
    defineProperty(target, names[i], { __proto__: null, get: () => valueOf(origin), enumerable: true });
  }
  return freeze(target);
}

// Returns all that a module exports as one object.
function spaceOf(module) {
  if (module.space === null) {
    const target = { __proto__: null };
    put(target, Symbol.toStringTag, "Module", false);
    module.space = gettersOf(module.exports, target);
  }
  return module.space;
}

function give(module) {
  const given = { __proto__: null };
  const names = keys(module.given);
  for (let i = 0; i < names.length; i++) put(given, names[i], valueOf(module.given[names[i]]));
  module.self.given = given;
}

// ---------------------------------------------------------------------------------------------------------------
// Running

async function perform(module) {
  give(module);
  const returned = await apply(module.body, module.self, []);
  module.done = true;
  return returned;
}

// Runs a module once; one that has failed may be tried again.
async function once(module) {
  if (module.done) return;
  module.job ??= perform(module);
  try {
    await module.job;
  } catch (error) {
    module.job = null;
    throw error;
  }
}

async function runBefore({ order }) {
  for (let i = 0; i < order.length; i++) await once(loaded.get(order[i]));
}

// ---------------------------------------------------------------------------------------------------------------
// `import(…)`

async function bring(module, wait) {
  try {
    await runBefore(module);
    await once(module);
    settle(wait, true, spaceOf(module));
  } catch (error) {
    settle(wait, false, error);
  }
}

const SLASH = 47;

function addStep(steps, step) {
  if (step === "..") steps.length = steps.length > 0 ? steps.length - 1 : 0;
  else if (step !== "." && step !== "") steps[steps.length] = step;
}

// Returns a path without its steps back.
function straight(path) {
  const steps = bare();
  let from = 0;
  for (let i = 0; i <= path.length; i++) {
    if (i < path.length && charCodeAt(path, i) !== SLASH) continue;
    addStep(steps, slice(path, from, i));
    from = i + 1;
  }
  let text = "";
  for (let i = 0; i < steps.length; i++) text += (i === 0 ? "" : "/") + steps[i];
  return text;
}

// Returns the module that a specifier means in another, which may have been computed.
function meant(specifier, { folder, uses }) {
  if (hasOwn(uses, specifier)) return loaded.get(uses[specifier]);
  if (!startsWith(specifier, "./") && !startsWith(specifier, "../")) return undefined;
  return loaded.get(straight(`${folder}/${specifier}`));
}

const NOT_THERE = "write the name as a literal, `import(\"./lib/util.js\")`: modules are found before the spell runs";

function loader(module) {
  const load = (given) => {
    const specifier = asText(given);
    const wait = hold("import", siteOf(load));
    if (wait.state !== PENDING) return wait.promise;
    const target = meant(specifier, module);
    if (target === undefined || target.path === SPELL) {
      const lost = fields("script", `import: this run has no module ${describe(specifier)}`, NOT_THERE);
      finish(wait, false, fault(lost, wait.found));
    } else {
      later(root, () => {
        bring(target, wait);
      });
    }
    return wait.promise;
  };
  return freeze(load);
}
