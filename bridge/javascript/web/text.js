// Text and bytes: TextEncoder, TextDecoder, atob, btoa.

// ---------------------------------------------------------------------------------------------------------------
// Encoding

// Writes a well-formed text as UTF-8 while there is room, and returns { read, written }.
function writeUtf8(text, bytes) {
  const room = typedLength(bytes);
  let read = 0;
  let written = 0;
  while (read < text.length) {
    const point = codePointAt(text, read);
    const size = point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
    if (written + size > room) break;
    if (size === 1) bytes[written] = point;
    else writePoint(bytes, written, size, point);
    written += size;
    read += size === 4 ? 2 : 1;
  }
  return { read, written };
}

function writePoint(bytes, at, size, point) {
  let rest = point;
  for (let i = size - 1; i > 0; i--) {
    bytes[at + i] = 0x80 | (rest & 0x3f);
    rest >>= 6;
  }
  bytes[at] = (0xf00 >> size) & 0xff | rest;
}

function utf8Of(text) {
  const whole = toWellFormed(text);
  const bytes = new NativeBytes(sizeOf(whole));
  writeUtf8(whole, bytes);
  return bytes;
}

class TextEncoder {
  get encoding() {
    return "utf-8";
  }

  encode(input = "") {
    return utf8Of(textual(input));
  }

  encodeInto(source, destination) {
    demand(typedKind(destination) === "Uint8Array", "TextEncoder.encodeInto", "destination", "a Uint8Array", destination);
    return writeUtf8(textual(source), destination);
  }
}

// ---------------------------------------------------------------------------------------------------------------
// Decoding

const REPLACEMENT = 0xfffd;
const CHUNK = 4096; // code units that are made into text at once

// Collects code points; of what is malformed it makes U+FFFD, or an error.
class Collector {
  text = "";
  units = bare();
  malformed;

  constructor(malformed = null) {
    this.malformed = malformed;
  }

  add(point) {
    const { units } = this;
    if (point < 0x10000) {
      units[units.length] = point;
    } else {
      units[units.length] = 0xd800 | ((point - 0x10000) >> 10);
      units[units.length] = 0xdc00 | ((point - 0x10000) & 0x3ff);
    }
    if (units.length >= CHUNK) this.flush();
  }

  bad() {
    if (this.malformed !== null) throw this.malformed();
    this.add(REPLACEMENT);
  }

  flush() {
    this.text += apply(fromCharCode, undefined, this.units);
    this.units.length = 0;
    return this.text;
  }
}

class Utf8 {
  needed = 0; // bytes until the character is whole
  point = 0;
  lower = 0x80; // what the next byte may be
  upper = 0xbf;

  read(bytes, out) {
    const size = typedLength(bytes);
    for (let i = 0; i < size; i++) {
      const byte = bytes[i];
      if (this.needed === 0) this.begin(byte, out);
      else if (byte >= this.lower && byte <= this.upper) this.go(byte, out);
      else {
        this.needed = 0;
        out.bad();
        i -= 1; // it begins the next character
      }
    }
  }

  begin(byte, out) {
    if (byte < 0x80) return out.add(byte);
    if (byte < 0xc2 || byte > 0xf4) return out.bad();
    this.needed = byte < 0xe0 ? 1 : byte < 0xf0 ? 2 : 3;
    this.point = byte & (0x3f >> this.needed);
    this.lower = byte === 0xe0 ? 0xa0 : byte === 0xf0 ? 0x90 : 0x80;
    this.upper = byte === 0xed ? 0x9f : byte === 0xf4 ? 0x8f : 0xbf;
  }

  go(byte, out) {
    this.lower = 0x80;
    this.upper = 0xbf;
    this.point = (this.point << 6) | (byte & 0x3f);
    this.needed -= 1;
    if (this.needed === 0) out.add(this.point);
  }

  end(out) {
    if (this.needed > 0) out.bad();
    this.needed = 0;
  }
}

class Utf16 {
  #high; // where in a pair of bytes the high one is
  #first = -1; // a byte that waits for its second
  #lead = -1; // half of a surrogate pair that waits for the other

  constructor(high) {
    this.#high = high;
  }

  read(bytes, out) {
    const size = typedLength(bytes);
    for (let i = 0; i < size; i++) {
      const byte = bytes[i];
      if (this.#first < 0) {
        this.#first = byte;
        continue;
      }
      const unit = this.#high === 0 ? (this.#first << 8) | byte : (byte << 8) | this.#first;
      this.#first = -1;
      this.#unit(unit, out);
    }
  }

  #unit(unit, out) {
    const lead = this.#lead;
    const isTrail = unit >= 0xdc00 && unit < 0xe000;
    this.#lead = -1;
    if (lead >= 0 && isTrail) return out.add(0x10000 + ((lead & 0x3ff) << 10) + (unit & 0x3ff));
    if (lead >= 0) out.bad();
    if (unit >= 0xd800 && unit < 0xdc00) this.#lead = unit;
    else if (isTrail) out.bad();
    else out.add(unit);
  }

  end(out) {
    if (this.#first >= 0 || this.#lead >= 0) out.bad();
    this.#first = this.#lead = -1;
  }
}

const LATIN = "€\x81‚ƒ„…†‡ˆ‰Š‹Œ\x8dŽ\x8f\x90‘’“”•–—˜™š›œ\x9džŸ"; // what windows-1252 has at 0x80

class Latin {
  read(bytes, out) {
    const size = typedLength(bytes);
    for (let i = 0; i < size; i++) {
      const byte = bytes[i];
      out.add(byte >= 0x80 && byte < 0xa0 ? charCodeAt(LATIN, byte - 0x80) : byte);
    }
  }

  end() {}
}

const ENCODINGS = new Table([
  ["utf-8", () => new Utf8()], ["utf-16le", () => new Utf16(1)], ["utf-16be", () => new Utf16(0)],
  ["windows-1252", () => new Latin()],
]);
const LABELS = new Table([
  ["unicode-1-1-utf-8", "utf-8"], ["unicode11utf8", "utf-8"], ["unicode20utf8", "utf-8"], ["utf-8", "utf-8"],
  ["utf8", "utf-8"], ["x-unicode20utf8", "utf-8"],
  ["csunicode", "utf-16le"], ["iso-10646-ucs-2", "utf-16le"], ["ucs-2", "utf-16le"], ["unicode", "utf-16le"],
  ["unicodefeff", "utf-16le"], ["utf-16", "utf-16le"], ["utf-16le", "utf-16le"],
  ["unicodefffe", "utf-16be"], ["utf-16be", "utf-16be"],
  ["ansi_x3.4-1968", "windows-1252"], ["ascii", "windows-1252"], ["cp1252", "windows-1252"],
  ["cp819", "windows-1252"], ["csisolatin1", "windows-1252"], ["ibm819", "windows-1252"],
  ["iso-8859-1", "windows-1252"], ["iso-ir-100", "windows-1252"], ["iso8859-1", "windows-1252"],
  ["iso88591", "windows-1252"], ["iso_8859-1", "windows-1252"], ["iso_8859-1:1987", "windows-1252"],
  ["l1", "windows-1252"], ["latin1", "windows-1252"], ["us-ascii", "windows-1252"], ["windows-1252", "windows-1252"],
  ["x-cp1252", "windows-1252"],
]);

// Returns UTF-8 as text; a byte order mark stays, and what is malformed becomes U+FFFD.
function textOfUtf8(bytes) {
  const out = new Collector();
  const decoder = new Utf8();
  decoder.read(bytes, out);
  decoder.end(out);
  return out.flush();
}

function withoutMark(text) {
  return startsWith(text, "\ufeff") ? slice(text, 1) : text;
}

function noText(encoding) {
  return () => fault(fields("args", `TextDecoder.decode: \`input\` is not valid ${encoding}`));
}

const isBlank = (unit) => unit === 0x20 || (unit >= 0x09 && unit <= 0x0d && unit !== 0x0b);

// Returns a text without the characters at its edges that are blank.
function trimmed(text, isOut = isBlank) {
  let from = 0;
  let to = text.length;
  while (from < to && isOut(charCodeAt(text, from))) from += 1;
  while (to > from && isOut(charCodeAt(text, to - 1))) to -= 1;
  return slice(text, from, to);
}

// Returns the name of an encoding by one of its labels.
function encodingOf(label) {
  const encoding = LABELS.get(lowerCase(trimmed(textual(label))));
  if (encoding !== undefined) return encoding;
  throw new NativeRangeError(`TextDecoder: there is no encoding ${describe(`${label}`)}: utf-8, utf-16le, utf-16be, latin1`);
}

class TextDecoder {
  #encoding;
  #fatal;
  #keepsMark;
  #decoder = null;
  #begun = false; // whether the first character has been seen

  constructor(label = "utf-8", options = undefined) {
    this.#encoding = encodingOf(label);
    this.#fatal = options?.fatal ? true : false;
    this.#keepsMark = options?.ignoreBOM ? true : false;
  }

  get encoding() {
    return this.#encoding;
  }

  get fatal() {
    return this.#fatal;
  }

  get ignoreBOM() {
    return this.#keepsMark;
  }

  decode(input = undefined, options = undefined) {
    refuseGuard(input);
    const bytes = input === undefined ? new NativeBytes(0) : bytesOf(input);
    demand(bytes !== null, "TextDecoder.decode", "input", "an ArrayBuffer or a view of one", input);
    const goesOn = options?.stream ? true : false;
    const decoder = this.#decoder ?? ENCODINGS.get(this.#encoding)();
    this.#decoder = null;
    const out = new Collector(this.#fatal ? noText(this.#encoding) : null);
    decoder.read(bytes, out);
    if (goesOn) this.#decoder = decoder;
    else decoder.end(out);
    return this.#unmarked(out.flush(), goesOn);
  }

  #unmarked(text, goesOn) {
    const isFirst = !this.#begun;
    this.#begun = goesOn && (this.#begun || text !== "");
    return isFirst && !this.#keepsMark && this.#encoding !== "windows-1252" ? withoutMark(text) : text;
  }
}

// ---------------------------------------------------------------------------------------------------------------
// Base64

const btoa = (data) => {
  const text = `${refuseGuard(data) ?? data}`;
  const bytes = new NativeBytes(text.length);
  for (let i = 0; i < text.length; i++) {
    const unit = charCodeAt(text, i);
    if (unit > 0xff) throw new DOMException("btoa: a character beyond U+00FF is no byte", "InvalidCharacterError");
    bytes[i] = unit;
  }
  return toBase64(bytes);
};

const atob = (data) => {
  const text = `${refuseGuard(data) ?? data}`;
  const out = new Collector();
  let bytes;
  try {
    bytes = fromBase64(text);
  } catch {
    throw new DOMException(`atob: ${describe(text)} is not base64`, "InvalidCharacterError");
  }
  const size = typedLength(bytes);
  for (let i = 0; i < size; i++) out.add(bytes[i]);
  return out.flush();
};
