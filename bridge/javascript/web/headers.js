// Headers: names without case, several values of one name joined by a comma.

const HEADER_NAME = /^[!#$%&'*+.^_`|~\dA-Za-z-]+$/;
const HEADER_VALUE = /^[^\0\n\r]*$/;

let headersOf; // Headers -> its pairs, or null

function headerName(name) {
  const text = textual(name);
  demand(test(HEADER_NAME, text) !== null, "Headers", "name", "the name of a header", text);
  return lowerCase(text);
}

function headerValue(value) {
  const text = trimmed(textual(value));
  demand(test(HEADER_VALUE, text) !== null, "Headers", "value", "one line of text", text);
  return text;
}

function headerPair(name, value) {
  return { __proto__: null, name: headerName(name), value: headerValue(value) };
}

// Returns the values of a name together, or null where there are none.
function joinedValues(pairs, name) {
  let text = null;
  for (let i = 0; i < pairs.length; i++) {
    if (pairs[i].name === name) text = text === null ? pairs[i].value : `${text}, ${pairs[i].value}`;
  }
  return text;
}

// Returns what iteration shows: sorted by name, values joined, but each cookie by itself.
function shownHeaders(pairs) {
  const shown = bare();
  const done = new Bag();
  for (let i = 0; i < pairs.length; i++) {
    const { name } = pairs[i];
    if (done.has(name)) continue;
    if (name !== "set-cookie") done.add(name);
    const value = name === "set-cookie" ? pairs[i].value : joinedValues(pairs, name);
    shown[shown.length] = { __proto__: null, name, value };
  }
  return sortList(shown, compareByName);
}

class Headers {
  #pairs = bare();

  static {
    headersOf = (value) => (isObject(value) && #pairs in value ? value.#pairs : null);
  }

  constructor(init = undefined) {
    refuseGuard(init);
    if (init === undefined || init === null) return;
    demand(isObject(init), "Headers", "init", "an object of names and values", init);
    const own = headersOf(init);
    if (own !== null) addHeaders(this.#pairs, own);
    else if (init[Symbol.iterator] !== undefined) this.#addAll(init);
    else for (const name of keys(init)) this.append(name, init[name]);
  }

  #addAll(items) {
    for (const item of items) {
      demand(isObject(item) && item.length === 2, "Headers", "init", "a list of [name, value]", item);
      this.#add(item[0], item[1]);
    }
  }

  #add(name, value) {
    this.#pairs[this.#pairs.length] = headerPair(name, value);
  }

  append(name, value) {
    this.#add(name, value);
  }

  delete(name) {
    const wanted = headerName(name);
    keepPairs(this.#pairs, (pair) => pair.name !== wanted);
  }

  get(name) {
    return joinedValues(this.#pairs, headerName(name));
  }

  getSetCookie() {
    const cookies = bare();
    for (let i = 0; i < this.#pairs.length; i++) {
      if (this.#pairs[i].name === "set-cookie") cookies[cookies.length] = this.#pairs[i].value;
    }
    return common(cookies);
  }

  has(name) {
    return this.get(name) !== null;
  }

  set(name, value) {
    const pair = headerPair(name, value);
    keepPairs(this.#pairs, (each) => each.name !== pair.name);
    this.#pairs[this.#pairs.length] = pair;
  }

  forEach(fn, self = undefined) {
    demandFunction("Headers.forEach", "fn", fn);
    const shown = shownHeaders(this.#pairs);
    for (let i = 0; i < shown.length; i++) apply(fn, self, [shown[i].value, shown[i].name, this]);
  }

  *entries() {
    const shown = shownHeaders(this.#pairs);
    for (let i = 0; i < shown.length; i++) yield [shown[i].name, shown[i].value];
  }

  *keys() {
    const shown = shownHeaders(this.#pairs);
    for (let i = 0; i < shown.length; i++) yield shown[i].name;
  }

  *values() {
    const shown = shownHeaders(this.#pairs);
    for (let i = 0; i < shown.length; i++) yield shown[i].value;
  }
}

put(Headers.prototype, Symbol.iterator, Headers.prototype.entries, false);

function addHeaders(pairs, others) {
  for (let i = 0; i < others.length; i++) pairs[pairs.length] = headerPair(others[i].name, others[i].value);
}

// Returns headers as the host wants them: an object of names and values.
function plainHeaders(headers) {
  const shown = shownHeaders(headersOf(headers));
  const map = {};
  for (let i = 0; i < shown.length; i++) put(map, shown[i].name, shown[i].value);
  return map;
}
