// Hosts of URLs: names, numbers of IPv4 in all their forms, IPv6, and names beyond ASCII. What is no host is null.

const FORBIDDEN = /[\0\t\n\r #/:<>?@[\\\]^|]/;
const FORBIDDEN_IN_NAME = /[\0-\x20#%/:<>?@[\\\]^|\x7f]/;

function hostOf(text, isSpecial) {
  if (startsWith(text, "[")) return endsWith(text, "]") ? ipv6Of(slice(text, 1, -1)) : null;
  if (!isSpecial) return test(FORBIDDEN, text) === null ? percentEncoded(text, IN_OPAQUE) : null;
  const name = asciiName(percentDecoded(text));
  if (name === null || name === "" || test(FORBIDDEN_IN_NAME, name) !== null) return null;
  return isNumeric(name) ? ipv4Of(name) : name;
}

// ---------------------------------------------------------------------------------------------------------------
// IPv4

function numberParts(name) {
  const parts = divided(name, ".");
  if (parts.length > 1 && parts[parts.length - 1] === "") parts.length -= 1;
  return parts;
}

// Whether a host is to be read as a number: its last part is one.
function isNumeric(name) {
  const parts = numberParts(name);
  const last = parts[parts.length - 1];
  return test(/^\d+$/, last) !== null || test(/^0x[\da-f]*$/i, last) !== null;
}

// Returns the value of a part that is decimal, octal or hexadecimal, or null.
function partOf(text) {
  if (test(/^0x[\da-f]*$/i, text) !== null) return text.length === 2 ? 0 : +text;
  if (test(/^0[0-7]+$/, text) !== null) return +`0o${text}`;
  return test(/^(?:0|[1-9]\d*)$/, text) === null ? null : +text;
}

function ipv4Of(name) {
  const parts = numberParts(name);
  if (parts.length > 4) return null;
  let address = 0;
  for (let i = 0; i < parts.length; i++) {
    const value = partOf(parts[i]);
    const isLast = i === parts.length - 1;
    if (value === null || value >= (isLast ? 256 ** (5 - parts.length) : 256)) return null;
    address += isLast ? value : value * 256 ** (3 - i);
  }
  return `${address >>> 24}.${(address >>> 16) & 0xff}.${(address >>> 8) & 0xff}.${address & 0xff}`;
}

// ---------------------------------------------------------------------------------------------------------------
// IPv6

// Appends the pieces of one side of `::`, whose end may be an IPv4 address; returns whether they are any.
function readPieces(text, pieces, mayEndInIpv4) {
  if (text === "") return true;
  const parts = divided(text, ":");
  for (let i = 0; i < parts.length; i++) {
    if (i === parts.length - 1 && mayEndInIpv4 && indexOf(parts[i], ".") >= 0) return readIpv4(parts[i], pieces);
    if (test(/^[\da-f]{1,4}$/i, parts[i]) === null) return false;
    pieces[pieces.length] = +`0x${parts[i]}`;
  }
  return true;
}

function readIpv4(text, pieces) {
  const parts = divided(text, ".");
  if (parts.length !== 4) return false;
  for (let i = 0; i < 4; i++) {
    if (test(/^(?:0|[1-9]\d{0,2})$/, parts[i]) === null || +parts[i] > 255) return false;
    if (i % 2 === 0) pieces[pieces.length] = +parts[i] * 256;
    else pieces[pieces.length - 1] += +parts[i];
  }
  return true;
}

function ipv6Of(text) {
  const sides = divided(text, "::");
  const pieces = bare();
  const after = bare();
  if (sides.length > 2 || !readPieces(sides[0], pieces, sides.length === 1)) return null;
  if (sides.length === 2 && !readPieces(sides[1], after, true)) return null;
  const missing = 8 - pieces.length - after.length;
  if (sides.length === 2 ? missing < 1 : missing !== 0) return null;
  for (let i = 0; i < missing; i++) pieces[pieces.length] = 0;
  for (let i = 0; i < after.length; i++) pieces[pieces.length] = after[i];
  return `[${ipv6Text(pieces)}]`;
}

// Returns where the longest run of zeros is, and how long: { at, length }; one zero is no run.
function longestZeros(pieces) {
  let best = { __proto__: null, at: -1, length: 1 };
  for (let i = 0; i < 8; i++) {
    let end = i;
    while (end < 8 && pieces[end] === 0) end += 1;
    if (end - i > best.length) best = { __proto__: null, at: i, length: end - i };
  }
  return best;
}

function ipv6Text(pieces) {
  const { at, length } = longestZeros(pieces);
  let text = "";
  for (let i = 0; i < 8; i++) {
    if (i === at) {
      text += i === 0 ? "::" : ":";
      i += length - 1;
    } else {
      text += numberText(pieces[i], 16) + (i < 7 ? ":" : "");
    }
  }
  return text;
}

// ---------------------------------------------------------------------------------------------------------------
// Names beyond ASCII (UTS 46 by what the engine knows of Unicode: case, compatibility and kinds of characters; the
// rule about names that mix directions of writing is left out)

const BEYOND_ASCII = /[^\0-\x7f]/;
const IGNORED = /[\u00ad\u034f\u180b-\u180d\u180f\u200b\u2060\u2064\ufe00-\ufe0f\ufeff]/u;
const NO_LETTER = /^\p{M}|[\p{Cc}\p{Cn}\p{Co}\p{Cs}\p{Z}]|[\u200e\u200f\u202a-\u202e\u2061-\u2063\u2066-\u206f\ufffc\ufffd]/u;
const JOINER = /[\u200c\u200d]/u;
const JOINED = /[\u094d\u09cd\u0a4d\u0acd\u0b4d\u0bcd\u0c4d\u0ccd\u0d4d\u0dca\u0e3a\u0f84\u1039\u17d2][\u200c\u200d]|\p{Script=Arabic}\u200c\p{Script=Arabic}/u;
const DOTS = /[\u3002\uff0e\uff61]/;

// Maps each character alone: what depends on its neighbours (a final sigma) must not.
function mapped(text) {
  let out = "";
  for (let i = 0; i < text.length; i++) {
    const point = codePointAt(text, i);
    const character = fromCodePoint(point);
    if (point > 0xffff) i += 1;
    if (test(DOTS, character) !== null) out += ".";
    else if (test(IGNORED, character) === null) out += lowerCase(character);
  }
  return out;
}

function foldedName(text) {
  return normalize(mapped(normalize(mapped(text), "NFKC")), "NFC");
}

function isLabel(label) {
  if (test(NO_LETTER, label) !== null) return false;
  return test(JOINER, label) === null || test(JOINED, label) !== null;
}

// Returns a label as it travels, or null.
function asciiLabel(label) {
  if (startsWith(label, "xn--")) {
    const decoded = fromPunycode(slice(label, 4));
    const isGood = decoded !== null && test(BEYOND_ASCII, decoded) !== null && foldedName(decoded) === decoded;
    return isGood && isLabel(decoded) ? label : null;
  }
  if (test(BEYOND_ASCII, label) === null) return label;
  return isLabel(label) ? `xn--${toPunycode(label)}` : null;
}

function asciiName(name) {
  const whole = test(BEYOND_ASCII, name) === null ? lowerCase(name) : foldedName(name);
  const labels = divided(whole, ".");
  for (let i = 0; i < labels.length; i++) {
    labels[i] = asciiLabel(labels[i]);
    if (labels[i] === null) return null;
  }
  return united(labels, ".");
}
