// structuredClone: a copy of data that shares nothing with it, cycles and all.

const NativeMap = Map;
const NativeSet = Set;
const NativeRegExp = RegExp;
const NativeError = Error;
const NativeObject = Object;
const booleanOf = uncurry(Boolean.prototype.valueOf);
const bigintOf = uncurry(BigInt.prototype.valueOf);
const dateTime = uncurry(Date.prototype.getTime);
const expressionFlags = getterOf(RegExp.prototype, "flags");
const expressionSource = getterOf(RegExp.prototype, "source");
const eachOfMap = uncurry(Map.prototype.forEach);
const eachOfSet = uncurry(Set.prototype.forEach);
const isInMarks = uncurry(WeakMap.prototype.has);
const isInWeakSet = uncurry(WeakSet.prototype.has);
const mapSet = uncurry(Map.prototype.set);
const numberOfBox = uncurry(Number.prototype.valueOf);
const setAdd = uncurry(Set.prototype.add);
const stringOfBox = uncurry(String.prototype.valueOf);
const VIEWS = new Table();
for (const View of [
  Int8Array, Uint8Array, Uint8ClampedArray, Int16Array, Uint16Array, Int32Array, Uint32Array, Float16Array, Float32Array,
  Float64Array, BigInt64Array, BigUint64Array,
]) VIEWS.set(View.name, { __proto__: null, View, width: View.BYTES_PER_ELEMENT });
const ERRORS = new Table();
for (const Kind of [Error, EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError]) ERRORS.set(Kind.name, Kind);

// What the engine tells apart by what is inside an object: [is, copy]; `is` throws, or is false, where it is no such.
const BOXES = [
  [booleanOf, (value) => NativeObject(booleanOf(value))],
  [numberOfBox, (value) => NativeObject(numberOfBox(value))],
  [stringOfBox, (value) => NativeObject(stringOfBox(value))],
  [bigintOf, (value) => NativeObject(bigintOf(value))],
  [dateTime, (value) => new NativeDate(dateTime(value))],
];

function succeeds(fn, value) {
  try {
    fn(value);
    return true;
  } catch {
    return false;
  }
}

const nothing = () => {};
const isNativeMap = (value) => succeeds((map) => eachOfMap(map, nothing), value);
const isNativeSet = (value) => succeeds((set) => eachOfSet(set, nothing), value);

function uncloneable(what) {
  return new DOMException(`structuredClone: ${what} cannot be cloned`, "DataCloneError");
}

// Copies a value; `seen` is what has been copied: the same thing twice stays one thing.
function cloneOf(value, seen) {
  if (typeof value === "symbol") throw uncloneable("a symbol");
  if (isFunction(value)) throw uncloneable(value.name ? `the function \`${value.name}\`` : "a function");
  if (!isObject(value)) return value;
  refuseGuard(value);
  if (seen.has(value)) return seen.get(value);
  const copy = cloneSpecial(value, seen);
  return copy === undefined ? cloneObject(value, seen) : copy;
}

function cloneSpecial(value, seen) {
  const remember = (copy) => (seen.set(value, copy), copy);
  const typed = values.get(value);
  if (typed !== undefined) return fillObject(remember({}), typed.fields, seen);
  if (isArray(value)) return cloneArray(value, remember, seen);
  if (isView(value)) return cloneView(value, remember, seen);
  if (isBuffer(value)) return remember(bufferCopy(value));
  if (isError(value)) return cloneError(value, remember, seen);
  const prototype = getPrototypeOf(value);
  if (prototype === ObjectPrototype || prototype === null) return undefined;
  refusePlatform(value);
  if (isNativeMap(value)) return cloneMap(value, remember(new NativeMap()), seen);
  if (isNativeSet(value)) return cloneSet(value, remember(new NativeSet()), seen);
  return cloneBox(value, remember);
}

function cloneBox(value, remember) {
  for (let i = 0; i < BOXES.length; i++) {
    if (succeeds(BOXES[i][0], value)) return remember(BOXES[i][1](value));
  }
  if (value === NativeRegExp.prototype || !succeeds(expressionSource, value)) return undefined;
  return remember(new NativeRegExp(expressionSource(value), expressionFlags(value)));
}

// What has an inside of its own that no copy can have.
function refusePlatform(value) {
  if (nouns.has(value)) throw uncloneable(`\`${nouns.get(value)}\``);
  if (handles.has(value)) throw uncloneable("a handle");
  let isOurs = isPromise(value) || isWeakMap(value) || isWeakSet(value);
  for (let i = 0; i < platform.length; i++) isOurs ||= isPrototypeOf(platform[i], value);
  if (isOurs) throw uncloneable(article(className(value)));
}

const isWeakMap = (value) => succeeds((map) => isInMarks(map, map), value);
const isWeakSet = (value) => succeeds((set) => isInWeakSet(set, set), value);

function cloneObject(value, seen) {
  const copy = {};
  seen.set(value, copy);
  return fillObject(copy, value, seen);
}

function fillObject(copy, value, seen) {
  const names = keys(value);
  for (let i = 0; i < names.length; i++) {
    if (hasOwn(value, names[i])) put(copy, names[i], cloneOf(value[names[i]], seen));
  }
  return copy;
}

function cloneArray(list, remember, seen) {
  const copy = remember(common(bare()));
  copy.length = list.length;
  return fillObject(copy, list, seen);
}

function cloneMap(map, copy, seen) {
  const entries = bare();
  eachOfMap(map, (value, key) => {
    entries[entries.length] = { __proto__: null, key, value };
  });
  for (let i = 0; i < entries.length; i++) mapSet(copy, cloneOf(entries[i].key, seen), cloneOf(entries[i].value, seen));
  return copy;
}

function cloneSet(set, copy, seen) {
  const items = bare();
  eachOfSet(set, (item) => {
    items[items.length] = item;
  });
  for (let i = 0; i < items.length; i++) setAdd(copy, cloneOf(items[i], seen));
  return copy;
}

function bufferCopy(buffer) {
  const copy = new NativeArrayBuffer(bufferSize(buffer));
  copyInto(new NativeBytes(copy), new NativeBytes(buffer));
  return copy;
}

function cloneView(view, remember, seen) {
  const kind = typedKind(view);
  if (kind === undefined) {
    return remember(new NativeView(cloneOf(viewBuffer(view), seen), viewOffset(view), viewSize(view)));
  }
  const { View } = VIEWS.get(kind);
  return remember(new View(cloneOf(typedBuffer(view), seen), typedOffset(view), typedLength(view)));
}

function cloneError(error, remember, seen) {
  const copy = remember(isFault(error) ? fault(told(error)) : plainError(error));
  if (isFault(error) && copy.data !== undefined) copy.data = cloneOf(copy.data, seen);
  if (hasOwn(error, "cause") && error.cause !== undefined) put(copy, "cause", cloneOf(error.cause, seen), false);
  const places = placesOf(error);
  if (isFault(copy)) replace(copy, places);
  else placed.set(copy, places);
  return copy;
}

function plainError(error) {
  const Kind = ERRORS.get(error.name) ?? NativeError;
  const copy = new Kind(hasOwn(error, "message") ? `${error.message}` : "");
  put(copy, "stack", `${error.stack}`, false);
  return copy;
}

const structuredClone = (value, options) => {
  const transfer = isObject(options) ? options.transfer : undefined;
  if (transfer !== undefined && transfer !== null && transfer.length !== 0) {
    throw fault(fields("args", "structuredClone: `transfer` is not offered", "leave it out: what is cloned is copied"));
  }
  return cloneOf(value, new Table());
};
