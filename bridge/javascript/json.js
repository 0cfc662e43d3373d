// What a script sees of JSON. V8 reads the text; where it refuses that, or reads something else than stands there, it
// is read again here: each problem has its line and column then, and is the same as in Lua.

const DECIMAL = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/;
const HALF_A_PAIR = /\\u[dD][89a-fA-F]/;
const BIG_HINT = 'Json.decode(text, {big: "string"}) keeps its digits, {big: "float"} rounds it';

const BLANK = /[ \t\r\n]*/y;
const NUMBER_PART = /[-+.\deE]+/y;
const TEXT_PART = /[^"\\\u0000-\u001f]*/y;
const FOUR_DIGITS = /[\da-fA-F]{4}/y;
const OTHER_HALF = /\\u([dD][c-fC-F][\da-fA-F]{2})/y;

const ESCAPES = freeze({
  __proto__: null, '"': '"', "\\": "\\", "/": "/", b: "\b", f: "\f", n: "\n", r: "\r", t: "\t",
});

// What is read at present: the text, where in it, and what becomes of an integer that does not fit.
const reading = { __proto__: null, text: "", at: 0, big: "error" };

// ---------------------------------------------------------------------------------------------------------------
// Problems

// Raises what is wrong, with its line and column; characters are counted, as in Lua, and not halves of them.
function malformed(problem, at, hint = undefined) {
  let line = 1;
  let column = 1;
  for (let i = 0; i < at; i++) {
    const unit = charCodeAt(reading.text, i);
    if (unit === 10) {
      line += 1;
      column = 1;
    } else if (unit < 0xdc00 || unit > 0xdfff) column += 1;
  }
  throw { __proto__: null, message: `${problem} at line ${line}, column ${column}`, hint };
}

function characterAt(at) {
  const pair = slice(reading.text, at, at + 2);
  return pair.length === 2 && isWellFormed(pair) && !isWellFormed(pair[0]) ? pair : slice(reading.text, at, at + 1);
}

function unexpected(at) {
  return malformed(at < reading.text.length ? `unexpected \`${characterAt(at)}\`` : "unexpected end", at);
}

function refuseHalves() {
  const { text } = reading;
  for (let i = 0; i < text.length; i++) {
    const character = characterAt(i);
    if (!isWellFormed(character)) malformed("half a surrogate pair is not data", i);
    i += character.length - 1;
  }
}

// ---------------------------------------------------------------------------------------------------------------
// Reading

// Takes what a sticky expression finds at the present place, and returns the match or null.
function taken(expression) {
  expression.lastIndex = reading.at;
  const found = test(expression, reading.text);
  if (found !== null) reading.at += found[0].length;
  return found;
}

// Goes to the next character that is not blank and returns it; "" at the end.
function token() {
  taken(BLANK);
  return slice(reading.text, reading.at, reading.at + 1);
}

function readWord(word, value) {
  if (slice(reading.text, reading.at, reading.at + word.length) !== word) unexpected(reading.at);
  reading.at += word.length;
  return value;
}

function readBig(digits, rounded, at) {
  if (reading.big === "string") return digits;
  if (reading.big === "float") return rounded;
  return malformed(`the integer ${cut(digits, 40)} is beyond 2^53 - 1`, at, BIG_HINT);
}

function readNumber() {
  const start = reading.at;
  const digits = taken(NUMBER_PART)?.[0] ?? "";
  if (test(DECIMAL, digits) === null) unexpected(start);
  const number = +digits;
  const value = test(INTEGER, digits) !== null && !isSafeInteger(number) ? readBig(digits, number, start) : number;
  return value === Infinity || value === -Infinity ? malformed("a number that is too large", start) : value;
}

// Reads what follows `\u`: a character, or two halves of one.
function readUnicode() {
  const start = reading.at;
  const digits = taken(FOUR_DIGITS);
  if (digits === null) malformed("`\\u` needs four hexadecimal digits", start);
  const first = fromCharCode(+`0x${digits[0]}`);
  if (isWellFormed(first)) return first;
  const other = taken(OTHER_HALF);
  const character = other === null ? first : first + fromCharCode(+`0x${other[1]}`);
  return isWellFormed(character) ? character : malformed("a lone surrogate is not data", start);
}

function readEscape() {
  const letter = slice(reading.text, reading.at, reading.at + 1);
  const meant = letter === "u" ? "" : (ESCAPES[letter] ?? malformed("an unknown escape", reading.at));
  reading.at += 1;
  return letter === "u" ? readUnicode() : meant;
}

// Reads a string behind its opening quote.
function readString() {
  let text = "";
  for (;;) {
    text += taken(TEXT_PART)[0];
    const stop = slice(reading.text, reading.at, reading.at + 1);
    if (stop === "") malformed("a string without an end", reading.at);
    if (stop !== '"' && stop !== "\\") malformed("a control character in a string", reading.at);
    reading.at += 1;
    if (stop === '"') return text;
    text += readEscape();
  }
}

// Reads the items of a list or map behind its opening bracket; `item` reads one.
function readItems(closing, item) {
  if (token() !== closing) {
    item();
    while (token() !== closing) {
      readWord(",");
      item();
    }
  }
  reading.at += 1;
}

function readList(depth) {
  const list = bare();
  readItems("]", () => {
    list[list.length] = readValue(depth);
  });
  return common(list);
}

function readMap(depth) {
  const map = {};
  readItems("}", () => {
    if (token() !== '"') unexpected(reading.at);
    reading.at += 1;
    const key = readString();
    token();
    readWord(":");
    put(map, key, readValue(depth));
  });
  return map;
}

function readNested(depth, read) {
  if (depth === MAX_DEPTH) malformed(`more than ${MAX_DEPTH} levels are not data`, reading.at);
  reading.at += 1;
  return read(depth + 1);
}

function readValue(depth) {
  switch (token()) {
    case '"':
      reading.at += 1;
      return readString();
    case "{": return readNested(depth, readMap);
    case "[": return readNested(depth, readList);
    case "t": return readWord("true", true);
    case "f": return readWord("false", false);
    case "n": return readWord("null", null);
    default: return readNumber();
  }
}

function readText(text, big) {
  reading.text = text;
  reading.at = 0;
  reading.big = big;
  if (!isWellFormed(text)) refuseHalves();
  const value = readValue(0);
  if (token() !== "") unexpected(reading.at);
  return value;
}

// ---------------------------------------------------------------------------------------------------------------
// What V8 reads otherwise

function isOdd(value, depth) {
  if (typeof value === "number") return !isFinite(value) || (isInteger(value) && !isSafeInteger(value));
  if (!isObject(value)) return false;
  if (depth === MAX_DEPTH) return true;
  const names = isArray(value) ? null : keys(value);
  const { length } = names ?? value;
  for (let i = 0; i < length; i++) {
    if (isOdd(value[names === null ? i : names[i]], depth + 1)) return true;
  }
  return false;
}

// Returns the value of a JSON text, or throws an object with `message` and perhaps `hint`.
function decodeJson(text, big = "error") {
  let value;
  try {
    value = parse(text);
  } catch {
    return readText(text, big);
  }
  return isOdd(value, 0) || !isWellFormed(text) || test(HALF_A_PAIR, text) !== null ? readText(text, big) : value;
}

// ---------------------------------------------------------------------------------------------------------------
// The global

const Json = {
  encode(value, options) {
    const { pretty } = optionsOf("Json.encode", options, { __proto__: null, pretty: false });
    demand(typeof pretty === "boolean", "Json.encode", "pretty", "a boolean", pretty);
    try {
      return write(value, plain("Json.encode", pretty ? "  " : ""), null);
    } catch (error) {
      throw locate(error, probe(Json.encode));
    }
  },
  decode(text, options) {
    demandText("Json.decode", "text", text);
    const { big } = optionsOf("Json.decode", options, { __proto__: null, big: "error" });
    const isKnown = big === "error" || big === "string" || big === "float";
    demand(isKnown, "Json.decode", "big", '"error", "string" or "float"', big);
    try {
      return decodeJson(asText(text), big);
    } catch (problem) {
      throw fault(fields("script", `Json.decode: ${problem.message}`, problem.hint), probe(Json.decode));
    }
  },
  list(items = []) {
    refuseGuard(items);
    if (isArray(items)) return items;
    demand(isObject(items) && keys(items).length === 0, "Json.list", "items", "a list", items);
    return [];
  },
  null: null,
};
