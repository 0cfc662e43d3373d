// What a script sees of the host: ops as functions, nouns, typed values and handles, built from the surface.

const NativeProxy = Proxy;

const types = new Table(); // name -> type

// Gives a function of ours the name that a script calls it by.
function named(fn, name) {
  defineProperty(fn, "name", { __proto__: null, value: name });
  return freeze(fn);
}

// `then`, `toJSON` and symbols are asked for by the language itself.
function isAsked(key) {
  return typeof key === "symbol" || key === "then" || key === "toJSON";
}

// Wraps an object such that reading what it does not have is an error, and changing it is one too.
function strict(object, name) {
  freeze(object);
  return new NativeProxy(object, {
    __proto__: null,
    get(target, key) {
      if (key in target || isAsked(key)) return target[key];
      throw undefinedName(`${name}.${key}`);
    },
    set(_, key) {
      throw fault(fields("script", `\`${name}.${NativeString(key)}\` cannot be changed`));
    },
  });
}

// Wraps the fields of a typed value, which may be changed; there are no others than the type has.
function typed(object, { name, known }) {
  return new NativeProxy(object, {
    __proto__: null,
    get(target, key) {
      if (known.has(key) || key in target || isAsked(key)) return target[key];
      throw undefinedName(`${name}.${key}`);
    },
    set(target, key, value) {
      if (!known.has(key)) throw undefinedName(`${name}.${NativeString(key)}`);
      put(target, key, value);
      return true;
    },
  });
}

// ---------------------------------------------------------------------------------------------------------------
// Typed values and handles

function textOf(type, map) {
  return type.text === null ? write(map, plain(type.name), null) : asText(map[type.text]);
}

// What a typed value inherits: it converts to its text.
function typedPrototype(type) {
  const text = function () {
    const typed = values.get(this);
    return typed === undefined ? type.name : textOf(type, typed.fields);
  };
  const prototype = { __proto__: ObjectPrototype };
  put(prototype, "toString", text, false);
  put(prototype, Symbol.toPrimitive, text, false);
  return freeze(prototype);
}

function newType({ name, fields: names = [], text = null, handle = false, ops = [] }) {
  const known = new Bag();
  for (let i = 0; i < names.length; i++) known.add(names[i]);
  const type = { __proto__: null, name, text, known, handle, ops, prototype: null, Guard: null };
  type.textOf = (map) => textOf(type, map);
  type.prototype = handle ? freeze({ __proto__: ObjectPrototype }) : typedPrototype(type);
  type.Guard = guardFor(handle ? ops.map((spec) => lastName(spec.op)) : names);
  return type;
}

function newHandle(type, number) {
  const object = { __proto__: type.prototype };
  const tag = `{"$handle":${number}}`;
  for (let i = 0; i < type.ops.length; i++) put(object, type.ops[i].name, bind(type.ops[i], tag));
  const proxy = strict(object, type.name);
  handles.set(proxy, tag);
  return proxy;
}

function newValue(type, map) {
  const object = { __proto__: type.prototype };
  const names = keys(map);
  for (let i = 0; i < names.length; i++) put(object, names[i], map[names[i]]);
  const proxy = typed(object, type);
  values.set(proxy, { __proto__: null, type, fields: object });
  return proxy;
}

// Turns what arrives from the host into what the script gets.
function revive(type, value) {
  if (type === null || value === null) return value;
  if (type.handle) return newHandle(type, value);
  return isObject(value) && !isArray(value) ? newValue(type, value) : value;
}

// ---------------------------------------------------------------------------------------------------------------
// Ops and nouns

function lastName(path) {
  const parts = path.split(".");
  return parts[parts.length - 1];
}

// Completes what the surface says of an op.
function newSpec({ op, returns, notify = false, keeps = false }) {
  const type = types.get(returns) ?? null;
  return {
    __proto__: null, op, name: lastName(op), opText: stringify(op), notify, keeps, returns: type,
    Guard: type === null ? Guard : type.Guard,
  };
}

function bind(spec, first = "") {
  const call = (...given) => issue(spec, first, given, call);
  return named(call, spec.name);
}

// Returns the global of a name while it is put together: { call, members }.
function nounAt(globals, name) {
  if (!globals.has(name)) globals.set(name, { __proto__: null, call: null, members: new Table() });
  return globals.get(name);
}

function freezeDeep(value) {
  if (isObject(value)) for (const name of keys(value)) freezeDeep(value[name]);
  return freeze(value);
}

// Makes what a script sees of a noun: a function, or an object with strict members that may be called as well.
function build({ call, members }, name) {
  if (members.size === 0 && call !== null) return call;
  const target = call === null ? { __proto__: NOUN } : (...given) => apply(call, undefined, given);
  if (call !== null) put(target, "name", name, false);
  members.forEach((member, key) => put(target, key, member));
  const proxy = strict(target, name);
  nouns.set(proxy, name);
  return proxy;
}

const NOUN = freeze({ __proto__: ObjectPrototype }); // what nouns inherit: by it they are told from data

function addOp(globals, spec) {
  const noun = nounAt(globals, spec.op.split(".")[0]);
  if (spec.name === spec.op) noun.call = bind(spec);
  else noun.members.set(spec.name, bind(spec));
}

function addData(globals, name, value) {
  if (!isObject(value) || isArray(value)) return define(name, freezeDeep(value));
  const { members } = nounAt(globals, name);
  for (const key of keys(value)) members.set(key, freezeDeep(value[key]));
}

// Defines a global that a script can neither change nor delete.
function define(name, value) {
  defineProperty(globalThis, name, { __proto__: null, value, writable: false, enumerable: false, configurable: false });
}

// Defines all that the surface offers. It runs before the script.
function offer({ ops = [], types: kinds = [], data = {} }) {
  for (const kind of kinds) types.set(kind.name, newType(kind));
  types.forEach((type) => {
    type.ops = type.ops.map(newSpec);
  });
  const globals = new Table();
  for (const entry of ops) addOp(globals, newSpec(entry));
  for (const name of keys(data)) addData(globals, name, data[name]);
  globals.forEach((noun, name) => define(name, build(noun, name)));
}
