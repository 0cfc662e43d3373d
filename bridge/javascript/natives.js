// What the other parts rely on, taken before any script runs. A script may replace all that it can reach, so after
// this the parts do nothing that a script can alter: no method of a prototype, no iteration, no spreading of a list,
// no reading or assigning of a property that may be missing.

const { apply, construct, defineProperty, getPrototypeOf } = Reflect;
const { freeze, getOwnPropertyDescriptor, hasOwn, keys, setPrototypeOf } = Object;
const { isArray } = Array;
const { isFinite, isInteger, isSafeInteger } = Number;
const { floor, imul, max, min } = Math;
const { fromCharCode } = String;
const { parse, stringify } = JSON;
const { captureStackTrace, isError } = Error;
const NativePromise = Promise;
const NativeString = String;
const ArrayPrototype = Array.prototype;
const ObjectPrototype = Object.prototype;
const AggregatePrototype = AggregateError.prototype;
const ReferencePrototype = ReferenceError.prototype;
const TypePrototype = TypeError.prototype;

const fromBase64 = Uint8Array.fromBase64;

const TypedArrayPrototype = getPrototypeOf(Uint8Array.prototype);

// Turns a method, or the getter of a prototype, into a function whose first argument is `this`.
const uncurry = Function.prototype.bind.bind(Function.prototype.call);
const getterOf = (prototype, name) => uncurry(getOwnPropertyDescriptor(prototype, name).get);

const charCodeAt = uncurry(String.prototype.charCodeAt);
const dateToLongText = uncurry(Date.prototype.toString);
const dateToText = uncurry(Date.prototype.toISOString);
const endsWith = uncurry(String.prototype.endsWith);
const errorToText = uncurry(Error.prototype.toString);
const functionToText = uncurry(Function.prototype.toString);
const isPrototypeOf = uncurry(Object.prototype.isPrototypeOf);
const isWellFormed = uncurry(String.prototype.isWellFormed);
const objectToText = uncurry(Object.prototype.toString);
const promiseThen = uncurry(Promise.prototype.then);
const repeat = uncurry(String.prototype.repeat);
const slice = uncurry(String.prototype.slice);
const sortList = uncurry(Array.prototype.sort);
const startsWith = uncurry(String.prototype.startsWith);
const test = uncurry(RegExp.prototype.exec);
const toBase64 = uncurry(Uint8Array.prototype.toBase64);
const toWellFormed = uncurry(String.prototype.toWellFormed);
const typedKind = getterOf(TypedArrayPrototype, Symbol.toStringTag); // undefined of anything else

// Returns a class with the methods of a native one, out of the reach of scripts.
function secure(Native) {
  const Secure = class extends Native {};
  for (const name of Reflect.ownKeys(Native.prototype)) {
    if (name === "constructor") continue;
    defineProperty(Secure.prototype, name, getOwnPropertyDescriptor(Native.prototype, name));
  }
  setPrototypeOf(Secure.prototype, null);
  return Secure;
}

const Table = secure(Map);
const Bag = secure(Set);
const Marks = secure(WeakMap);

// First in, first out.
class Line {
  #first = null;
  #last = null;
  size = 0;

  push(item) {
    const cell = { __proto__: null, item, next: null };
    if (this.#last === null) this.#first = cell;
    else this.#last.next = cell;
    this.#last = cell;
    this.size += 1;
  }

  first() {
    return this.#first === null ? null : this.#first.item;
  }

  last() {
    return this.#last === null ? null : this.#last.item;
  }

  shift() {
    const { item, next } = this.#first;
    this.#first = next;
    if (next === null) this.#last = null;
    this.size -= 1;
    return item;
  }
}

// Defines a property as a literal would, whatever the prototypes say.
function put(target, key, value, enumerable = true) {
  defineProperty(target, key, { __proto__: null, value, writable: true, enumerable, configurable: true });
}

// Returns a list that no prototype can disturb, and gives it to the script as a common one.
const bare = () => setPrototypeOf([], null);
const common = (list) => (setPrototypeOf(list, ArrayPrototype), list);

const cut = (text, length) => (text.length > length ? `${slice(text, 0, length)}…` : text);

const isObject = (value) => typeof value === "object" && value !== null;
const isFunction = (value) => typeof value === "function";
