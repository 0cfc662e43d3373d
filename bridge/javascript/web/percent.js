// Percent-encoding: which characters of which part of a URL are written as bytes, and back.

const HEX = "0123456789ABCDEF";

// Makes a set of ASCII characters from another and some more.
function charactersOf(more, others = null) {
  const set = bare();
  for (let code = 0; code < 0x80; code++) {
    set[code] = others === null ? code < 0x20 || code === 0x7f : others[code];
  }
  for (let i = 0; i < more.length; i++) set[charCodeAt(more, i)] = true;
  return set;
}

const IN_OPAQUE = charactersOf("");
const IN_FRAGMENT = charactersOf(" \"<>`");
const IN_QUERY = charactersOf(" \"#<>");
const IN_SPECIAL_QUERY = charactersOf("'", IN_QUERY);
const IN_PATH = charactersOf("?^`{}", IN_QUERY);
const IN_USER = charactersOf("/:;=@[\\]|", IN_PATH);
const IN_FORM = charactersOf("$%&+,!'()~", IN_USER);

function percentOf(byte) {
  return `%${HEX[byte >> 4]}${HEX[byte & 0xf]}`;
}

// Writes the characters of a set, and all that is not ASCII, as the bytes of UTF-8.
function percentEncoded(text, set) {
  let out = "";
  let from = 0;
  for (let i = 0; i < text.length; i++) {
    const unit = charCodeAt(text, i);
    if (unit < 0x80 && !set[unit]) continue;
    out += slice(text, from, i);
    if (unit < 0x80) out += percentOf(unit);
    else {
      const point = codePointAt(text, i);
      out += percentOfPoint(point);
      if (point > 0xffff) i += 1;
    }
    from = i + 1;
  }
  return from === 0 ? text : out + slice(text, from);
}

function percentOfPoint(point) {
  const bytes = utf8Of(fromCodePoint(point));
  const size = typedLength(bytes);
  let out = "";
  for (let i = 0; i < size; i++) out += percentOf(bytes[i]);
  return out;
}

function hexDigit(unit) {
  if (unit >= 0x30 && unit <= 0x39) return unit - 0x30;
  const letter = unit | 0x20;
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : -1;
}

// Returns a text with its %XX read as the bytes of UTF-8; what is no such sequence stays.
function percentDecoded(text) {
  if (indexOf(text, "%") < 0) return text;
  const bytes = utf8Of(text);
  const size = typedLength(bytes);
  let length = 0;
  for (let i = 0; i < size; i++) {
    const isEscape = bytes[i] === 0x25 && i + 2 < size;
    const high = isEscape ? hexDigit(bytes[i + 1]) : -1;
    const low = isEscape ? hexDigit(bytes[i + 2]) : -1;
    bytes[length] = high < 0 || low < 0 ? bytes[i] : high * 16 + low;
    if (high >= 0 && low >= 0) i += 2;
    length += 1;
  }
  return textOfUtf8(new NativeBytes(typedBuffer(bytes), 0, length));
}

// ---------------------------------------------------------------------------------------------------------------
// application/x-www-form-urlencoded

function fromForm(text) {
  return percentDecoded(united(divided(text, "+"), " "));
}

// Returns the pairs of a query, each as { name, value }.
function formPairs(query) {
  const pairs = bare();
  const parts = divided(query, "&");
  for (let i = 0; i < parts.length; i++) {
    if (parts[i] === "") continue;
    const at = indexOf(parts[i], "=");
    const name = at < 0 ? parts[i] : slice(parts[i], 0, at);
    const value = at < 0 ? "" : slice(parts[i], at + 1);
    pairs[pairs.length] = { __proto__: null, name: fromForm(name), value: fromForm(value) };
  }
  return pairs;
}

function toForm(text) {
  return united(divided(percentEncoded(text, IN_FORM), "%20"), "+");
}

function formText(pairs) {
  let text = "";
  for (let i = 0; i < pairs.length; i++) {
    text += `${i === 0 ? "" : "&"}${toForm(pairs[i].name)}=${toForm(pairs[i].value)}`;
  }
  return text;
}
