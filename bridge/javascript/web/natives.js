// What the parts of the web platform rely on, besides natives.js, taken before any script runs. The same rule holds:
// no part calls a method, or reads a property, that a script could have replaced.

const NativeArrayBuffer = ArrayBuffer;
const NativeBytes = Uint8Array;
const NativeView = DataView;
const NativeRangeError = RangeError;
const { isView } = ArrayBuffer;
const { fromCodePoint } = String;
const { trunc } = Math;

const bufferSize = getterOf(ArrayBuffer.prototype, "byteLength");
const typedBuffer = getterOf(TypedArrayPrototype, "buffer");
const typedLength = getterOf(TypedArrayPrototype, "length");
const typedOffset = getterOf(TypedArrayPrototype, "byteOffset");
const typedSize = getterOf(TypedArrayPrototype, "byteLength");
const viewBuffer = getterOf(DataView.prototype, "buffer");
const viewOffset = getterOf(DataView.prototype, "byteOffset");
const viewSize = getterOf(DataView.prototype, "byteLength");

const codePointAt = uncurry(String.prototype.codePointAt);
const copyInto = uncurry(TypedArrayPrototype.set);
const indexOf = uncurry(String.prototype.indexOf);
const lastIndexOf = uncurry(String.prototype.lastIndexOf);
const lowerCase = uncurry(String.prototype.toLowerCase);
const normalize = uncurry(String.prototype.normalize);
const numberText = uncurry(Number.prototype.toString);
const upperCase = uncurry(String.prototype.toUpperCase);

function isBuffer(value) {
  try {
    bufferSize(value);
    return true;
  } catch {
    return false;
  }
}

// Returns the bytes that a buffer or a view of one shows, or null where a value is neither; nothing is copied.
function bytesOf(value) {
  if (isView(value)) {
    return typedKind(value) === undefined
      ? new NativeBytes(viewBuffer(value), viewOffset(value), viewSize(value))
      : new NativeBytes(typedBuffer(value), typedOffset(value), typedSize(value));
  }
  return isObject(value) && isBuffer(value) ? new NativeBytes(value) : null;
}

function bytesCopy(bytes) {
  const copy = new NativeBytes(typedLength(bytes));
  copyInto(copy, bytes);
  return copy;
}

// Returns the parts of a text between the separators, as a bare list.
function divided(text, separator) {
  const parts = bare();
  let from = 0;
  for (let at = indexOf(text, separator); at >= 0; at = indexOf(text, separator, from)) {
    parts[parts.length] = slice(text, from, at);
    from = at + separator.length;
  }
  parts[parts.length] = slice(text, from);
  return parts;
}

function united(parts, separator) {
  let text = "";
  for (let i = 0; i < parts.length; i++) text += (i === 0 ? "" : separator) + parts[i];
  return text;
}

// Returns a value as the text that an argument of the web platform is converted to; a forgotten `await` is no text.
function textual(value) {
  refuseGuard(value);
  return toWellFormed(typeof value === "symbol" ? symbolText(value) : `${value}`);
}

function symbolText(value) {
  throw wrong(`a string was expected, got ${NativeString(value)}`);
}

// Makes a class a global; its name is its tag, as everywhere.
const platform = bare(); // the prototypes of all that were made so

function publish(Class) {
  const { prototype } = Class;
  defineProperty(prototype, Symbol.toStringTag, { __proto__: null, value: Class.name, configurable: true });
  platform[platform.length] = prototype;
  define(Class.name, Class);
}
