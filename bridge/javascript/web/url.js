// URL and URLSearchParams.

let pairsOf; // URLSearchParams -> its pairs, or null
let paramsOver; // makes the URLSearchParams of a URL

class URLSearchParams {
  #pairs = bare();
  #changed = null; // what a URL does when its query changes

  static {
    pairsOf = (value) => (isObject(value) && #pairs in value ? value.#pairs : null);
    paramsOver = (query, changed) => {
      const params = new URLSearchParams();
      copyPairs(params.#pairs, formPairs(query));
      params.#changed = changed;
      return params;
    };
  }

  constructor(init = "") {
    refuseGuard(init);
    const own = pairsOf(init);
    if (own !== null) copyPairs(this.#pairs, own);
    else if (!isObject(init) && !isFunction(init)) this.#read(textual(init));
    else if (init[Symbol.iterator] !== undefined && init[Symbol.iterator] !== null) readPairs(this.#pairs, init);
    else readRecord(this.#pairs, init);
  }

  #read(text) {
    copyPairs(this.#pairs, formPairs(startsWith(text, "?") ? slice(text, 1) : text));
  }

  #update() {
    if (this.#changed !== null) this.#changed(formText(this.#pairs));
  }

  get size() {
    return this.#pairs.length;
  }

  append(name, value) {
    const pairs = this.#pairs;
    pairs[pairs.length] = pairOf(name, value);
    this.#update();
  }

  delete(name, value = undefined) {
    const wanted = matcher(name, value);
    keepPairs(this.#pairs, (pair) => !wanted(pair));
    this.#update();
  }

  get(name) {
    const at = placeOfPair(this.#pairs, matcher(name));
    return at < 0 ? null : this.#pairs[at].value;
  }

  getAll(name) {
    const wanted = matcher(name);
    const found = bare();
    for (let i = 0; i < this.#pairs.length; i++) {
      if (wanted(this.#pairs[i])) found[found.length] = this.#pairs[i].value;
    }
    return common(found);
  }

  has(name, value = undefined) {
    return placeOfPair(this.#pairs, matcher(name, value)) >= 0;
  }

  set(name, value) {
    const pair = pairOf(name, value);
    const wanted = matcher(pair.name);
    const at = placeOfPair(this.#pairs, wanted);
    if (at < 0) this.#pairs[this.#pairs.length] = pair;
    else {
      const first = this.#pairs[at];
      first.value = pair.value;
      keepPairs(this.#pairs, (each) => each === first || !wanted(each));
    }
    this.#update();
  }

  sort() {
    sortList(this.#pairs, compareByName);
    this.#update();
  }

  forEach(fn, self = undefined) {
    demandFunction("URLSearchParams.forEach", "fn", fn);
    const pairs = this.#pairs;
    for (let i = 0; i < pairs.length; i++) apply(fn, self, [pairs[i].value, pairs[i].name, this]);
  }

  *entries() {
    const pairs = this.#pairs;
    for (let i = 0; i < pairs.length; i++) yield [pairs[i].name, pairs[i].value];
  }

  *keys() {
    const pairs = this.#pairs;
    for (let i = 0; i < pairs.length; i++) yield pairs[i].name;
  }

  *values() {
    const pairs = this.#pairs;
    for (let i = 0; i < pairs.length; i++) yield pairs[i].value;
  }

  toString() {
    return formText(this.#pairs);
  }
}

put(URLSearchParams.prototype, Symbol.iterator, URLSearchParams.prototype.entries, false);

function pairOf(name, value) {
  return { __proto__: null, name: textual(name), value: textual(value) };
}

function matcher(name, value = undefined) {
  const wanted = textual(name);
  const text = value === undefined ? null : textual(value);
  return (pair) => pair.name === wanted && (text === null || pair.value === text);
}

function placeOfPair(pairs, wanted) {
  for (let i = 0; i < pairs.length; i++) if (wanted(pairs[i])) return i;
  return -1;
}

function compareByName(left, right) {
  return left.name < right.name ? -1 : left.name > right.name ? 1 : 0;
}

function keepPairs(pairs, isKept) {
  let length = 0;
  for (let i = 0; i < pairs.length; i++) {
    if (!isKept(pairs[i])) continue;
    pairs[length] = pairs[i];
    length += 1;
  }
  pairs.length = length;
}

function copyPairs(pairs, others) {
  for (let i = 0; i < others.length; i++) pairs[pairs.length] = pairOf(others[i].name, others[i].value);
}

// Reads what a script iterates: its own iterators run, and what they give is made text.
function readPairs(pairs, items) {
  for (const item of items) {
    const isPair = isObject(item) && item.length === 2;
    demand(isPair, "URLSearchParams", "init", "a list of [name, value]", item);
    pairs[pairs.length] = pairOf(item[0], item[1]);
  }
}

function readRecord(pairs, record) {
  const names = keys(record);
  for (let i = 0; i < names.length; i++) pairs[pairs.length] = pairOf(names[i], record[names[i]]);
}

// ---------------------------------------------------------------------------------------------------------------
// URL

let addressOf; // URL -> its address, or null
let urlOver; // makes a URL of an address

addressText = (value) => {
  const address = addressOf(value);
  return address === null ? null : hrefOf(address);
};

const NOT_ABSOLUTE = "an absolute URL begins with a scheme such as `https://`; a relative one needs `base`";

function readUrl(text, base) {
  const under = base === undefined ? null : parseAddress(textual(base), null);
  return base !== undefined && under === null ? null : parseAddress(textual(text), under);
}

class URL {
  #address;
  #params = null;

  static {
    addressOf = (value) => (isObject(value) && #address in value ? value.#address : null);
    urlOver = (address) => new URL(MADE_HERE, address);
  }

  constructor(url, base = undefined) {
    const address = url === MADE_HERE ? base : readUrl(url, base);
    if (address === null) {
      const isBase = base !== undefined && parseAddress(textual(base), null) === null;
      const bad = isBase ? base : url;
      throw wrong(`URL: ${describe(textual(bad))} is not a valid URL`, isBase ? undefined : NOT_ABSOLUTE);
    }
    this.#address = address;
  }

  static canParse(url, base = undefined) {
    return readUrl(url, base) !== null;
  }

  static parse(url, base = undefined) {
    const address = readUrl(url, base);
    return address === null ? null : urlOver(address);
  }

  #renew() {
    if (this.#params === null) return;
    const pairs = pairsOf(this.#params);
    pairs.length = 0;
    copyPairs(pairs, formPairs(this.#address.query ?? ""));
  }

  get href() {
    return hrefOf(this.#address);
  }

  set href(value) {
    const address = parseAddress(textual(value), null);
    if (address === null) throw wrong(`URL.href: ${describe(textual(value))} is not a valid URL`, NOT_ABSOLUTE);
    this.#address = address;
    this.#renew();
  }

  get origin() {
    return originOf(this.#address);
  }

  get protocol() {
    return `${this.#address.scheme}:`;
  }

  set protocol(value) {
    changeScheme(this.#address, withoutBreaks(textual(value)));
  }

  get username() {
    return this.#address.username;
  }

  set username(value) {
    if (mayHaveServer(this.#address)) this.#address.username = percentEncoded(textual(value), IN_USER);
  }

  get password() {
    return this.#address.password;
  }

  set password(value) {
    if (mayHaveServer(this.#address)) this.#address.password = percentEncoded(textual(value), IN_USER);
  }

  get host() {
    return serverText(this.#address);
  }

  set host(value) {
    changeHost(this.#address, withoutBreaks(textual(value)), true);
  }

  get hostname() {
    return this.#address.host ?? "";
  }

  set hostname(value) {
    changeHost(this.#address, withoutBreaks(textual(value)), false);
  }

  get port() {
    return `${this.#address.port ?? ""}`;
  }

  set port(value) {
    changePort(this.#address, withoutBreaks(textual(value)));
  }

  get pathname() {
    return pathText(this.#address);
  }

  set pathname(value) {
    changePath(this.#address, withoutBreaks(textual(value)));
  }

  get search() {
    const { query } = this.#address;
    return query === null || query === "" ? "" : `?${query}`;
  }

  set search(value) {
    changeQuery(this.#address, textual(value));
    this.#renew();
  }

  get searchParams() {
    this.#params ??= paramsOver(this.#address.query ?? "", (query) => {
      this.#address.query = query === "" ? null : query;
      trimOpaque(this.#address);
    });
    return this.#params;
  }

  get hash() {
    const { fragment } = this.#address;
    return fragment === null || fragment === "" ? "" : `#${fragment}`;
  }

  set hash(value) {
    changeFragment(this.#address, textual(value));
  }

  toString() {
    return hrefOf(this.#address);
  }

  toJSON() {
    return hrefOf(this.#address);
  }
}
