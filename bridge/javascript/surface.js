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

// Says of an answer whose text is no JSON what it was instead, or why its JSON is none that a script can hold.
function notJson({ status, headers }, { message: problem, hint }) {
  if (hint !== undefined) return fault(fields("http", `the JSON of the reply cannot be read: ${problem}`, hint));
  const message = `the reply is not JSON: status ${status}, ${headers?.["content-type"] ?? "of no type"}`;
  return fault({ ...fields("http", message, "its text is in `.text`"), cause: problem });
}

// Reads a field that is the JSON of another, once for each text.
function readLazily(target, text, read) {
  if (read.text !== text) {
    try {
      read.data = decodeJson(text);
    } catch (error) {
      throw notJson(target, error);
    }
    read.text = text;
  }
  return read.data;
}

// Wraps the fields of a typed value, which may be changed; there are no others than the type has.
function typed(object, { name, known, lazy }) {
  const read = new Table(); // lazy field -> what was read, and of which text
  return new NativeProxy(object, {
    __proto__: null,
    get(target, key) {
      if (lazy.has(key)) {
        if (!read.has(key)) read.set(key, { __proto__: null, text: target, data: undefined });
        return readLazily(target, target[lazy.get(key)], read.get(key));
      }
      if (known.has(key) || key in target || isAsked(key)) return target[key];
      throw undefinedName(`${name}.${key}`);
    },
    set(target, key, value) {
      if (lazy.has(key)) throw fault(fields("script", `\`${name}.${NativeString(key)}\` cannot be changed`));
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

function newType({ name, fields: names = [], text = null, lazy: sources = {}, bytes = [], handle = false, ops = [], label = null }) {
  const known = new Bag();
  for (let i = 0; i < names.length; i++) known.add(names[i]);
  const lazy = new Table();
  for (const field of keys(sources)) lazy.set(field, sources[field]);
  const binary = new Bag();
  for (let i = 0; i < bytes.length; i++) binary.add(bytes[i]);
  const type = { __proto__: null, name, text, known, lazy, binary, handle, ops, label, prototype: null, Guard: null };
  type.textOf = (map) => textOf(type, map);
  type.prototype = label !== null ? labelled(name) : handle ? freeze({ __proto__: ObjectPrototype }) : typedPrototype(type);
  const members = label !== null ? [label] : ops.map((spec) => lastName(spec.op));
  type.Guard = guardFor(handle ? members : [...names, ...keys(sources)]);
  return type;
}

// What a handle with a label inherits: people see the label, and for a script it is no text.
function labelled(name) {
  const refused = function () {
    throw fault(fields("script", `a ${name} is no text`, "give it to a function of llmspell as it is"));
  };
  const prototype = { __proto__: ObjectPrototype };
  put(prototype, "toString", refused, false);
  put(prototype, "toJSON", refused, false);
  put(prototype, Symbol.toPrimitive, refused, false);
  return freeze(prototype);
}

const LABEL = /^\[[^:]*:(.*)\]$/;

// An object that the host knows by its label, `[secret:mail]`.
function newLabelled(type, label) {
  const object = { __proto__: type.prototype };
  put(object, type.label, test(LABEL, label)[1]);
  const proxy = strict(object, type.name);
  handles.set(proxy, `{"$handle":${stringify(label)}}`);
  labels.set(proxy, { __proto__: null, label, noun: type.name });
  return proxy;
}

function newHandle(type, number) {
  if (type.label !== null) return newLabelled(type, number);
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
  for (let i = 0; i < names.length; i++) {
    const item = map[names[i]];
    put(object, names[i], type.binary.has(names[i]) && typeof item === "string" ? fromBase64(item) : item);
  }
  const proxy = typed(object, type);
  values.set(proxy, { __proto__: null, type, fields: object });
  return proxy;
}

const BYTES = freeze({ __proto__: null, Guard, handle: false }); // the type of results that are bytes

// Turns what arrives from the host into what the script gets.
function revive(type, value) {
  if (type === null || value === null) return value;
  if (type === BYTES) return fromBase64(value);
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
function newSpec({ op, returns, notify = false, keeps = false, bytes = false }) {
  const type = returns === "bytes" ? BYTES : types.get(returns) ?? null;
  return {
    __proto__: null, op, name: lastName(op), opText: stringify(op), notify, keeps, binary: bytes, returns: type,
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

const fixed = new Bag(); // the names of the globals that we define

// Defines a global that a script can neither change nor delete.
function define(name, value) {
  fixed.add(name);
  defineProperty(globalThis, name, { __proto__: null, value, writable: false, enumerable: false, configurable: false });
}

// Defines all that the surface offers. It runs before the script.
function offer({ ops = [], types: kinds = [], data = {} }) {
  for (const kind of kinds) types.set(kind.name, newType(kind));
  types.forEach((type) => {
    type.ops = type.ops.map(newSpec);
  });
  const globals = new Table();
  for (const entry of ops) if (!entry.op.startsWith("_")) addOp(globals, newSpec(entry)); // others are the prelude's
  for (const name of keys(data)) addData(globals, name, data[name]);
  globals.forEach((noun, name) => define(name, build(noun, name)));
}
