// Request and fetch, on top of the op that sends requests. They exist where that op does.

const METHODS = new Bag(["DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"]);
const NO_METHODS = new Bag(["CONNECT", "TRACE", "TRACK"]);
const ELSEWHERE = [ // what browsers know and what changes nothing here
  "cache", "credentials", "duplex", "keepalive", "mode", "priority", "referrer", "referrerPolicy", "window",
];
const INSTEAD = new Table([
  ["timeout", "`signal: AbortSignal.timeout(ms)`"], ["json", "`body: JSON.stringify(…)`, or Http.post(url, { json })"],
  ["form", "`body: new URLSearchParams(…)`"], ["query", "put it into the URL, or use Http.get(url, { query })"],
  ["redirects", "`redirect: \"follow\"`, \"manual\" or \"error\""], ["max_bytes", "Http.get(url, { max_bytes })"],
  ["to", "Http.get(url, { to })"],
]);

// Returns the options of a request; others than these are refused, with what stands for them.
function requestOptions(init) {
  const known = {
    __proto__: null, method: undefined, headers: undefined, body: undefined, redirect: undefined, signal: undefined,
  };
  if (init === undefined || init === null) return known;
  demand(isObject(init) && waitOf(init) === null, "fetch", "options", "an object", init);
  const names = keys(init);
  for (let i = 0; i < names.length; i++) {
    const hint = INSTEAD.get(names[i]);
    if (hint !== undefined && init[names[i]] !== undefined) throw wrong(`fetch has no option \`${names[i]}\``, hint);
  }
  for (let i = 0; i < ELSEWHERE.length; i++) put(known, ELSEWHERE[i], undefined);
  return optionsOf("fetch", init, known);
}

function methodOf(method) {
  const text = textual(method);
  const name = METHODS.has(upperCase(text)) ? upperCase(text) : text;
  const isGood = test(HEADER_NAME, name) !== null && !NO_METHODS.has(upperCase(name));
  demand(isGood, "fetch", "method", "a method such as GET or POST", method);
  return name;
}

function hrefFor(url) {
  const text = textual(url);
  const address = parseAddress(text, null);
  if (address === null) throw wrong(`fetch: ${describe(text)} is not a valid URL`, "an absolute URL begins with `https://`");
  const isWeb = address.scheme === "http" || address.scheme === "https";
  demand(isWeb, "fetch", "url", "a URL that begins with `http://` or `https://`", text);
  const hasUser = address.username !== "" || address.password !== "";
  if (hasUser) throw wrong("fetch: `url` must not contain a user or a password", "send an `authorization` header");
  return hrefOf(address);
}

let requestOf; // Request -> { url, method, redirect, signal, headers }, or null

class Request extends Body {
  #parts;

  static {
    requestOf = (value) => (isObject(value) && #parts in value ? value.#parts : null);
  }

  constructor(input, init = undefined) {
    refuseGuard(input);
    const base = requestOf(input);
    const options = requestOptions(init);
    if (base !== null && options.body === undefined) demandFresh(input, "Request", "make it from a `.clone()`");
    const given = options.body === undefined && base !== null
      ? { __proto__: null, data: dataOf(input), type: null } : bodyOf("fetch", options.body);
    super(given.data, () => "the body of the request");
    this.#parts = partsOf(base, input, options);
    const { method, headers } = this.#parts;
    const hasNone = method === "GET" || method === "HEAD";
    if (given.data !== null && hasNone) throw wrong(`fetch: a ${method} has no \`body\``, 'set `method: "POST"`');
    addType(headers, given.type);
  }

  get headers() {
    return this.#parts.headers;
  }

  get method() {
    return this.#parts.method;
  }

  get redirect() {
    return this.#parts.redirect;
  }

  get signal() {
    return this.#parts.signal;
  }

  get url() {
    return this.#parts.url;
  }

  clone() {
    return new Request(this);
  }
}

function partsOf(base, input, { method, headers, redirect, signal }) {
  const parts = {
    __proto__: null, url: base === null ? hrefFor(input) : base.url,
    method: method === undefined ? base?.method ?? "GET" : methodOf(method),
    headers: new Headers(headers ?? base?.headers),
    redirect: redirect ?? base?.redirect ?? "follow",
    signal: signal ?? base?.signal ?? newSignal().signal,
  };
  const isKnown = parts.redirect === "follow" || parts.redirect === "manual" || parts.redirect === "error";
  demand(isKnown, "fetch", "redirect", '"follow", "manual" or "error"', parts.redirect);
  demand(signalOf(parts.signal) !== null, "fetch", "signal", "an AbortSignal", parts.signal);
  return parts;
}

// ---------------------------------------------------------------------------------------------------------------
// Fetching

const HOPS = 20; // redirects that are followed
const PATIENCE = 300; // seconds until the host gives up, unless a signal did so before
const requesters = new Table(); // method -> the spec of the op for it; "" is the one for any method
let FetchGuard = null;

// Finds the ops that send requests; where they do not exist, there is no `fetch`.
function findRequesters({ ops = [] }) {
  for (const entry of ops) {
    if (!startsWith(entry.op, "Http.")) continue;
    const name = upperCase(slice(entry.op, 5));
    const isAny = name === "REQUEST";
    if (isAny || METHODS.has(name)) requesters.set(isAny ? "" : name, newSpec({ ...entry, returns: undefined }));
  }
  FetchGuard = guardFor(Object.getOwnPropertyNames(Response.prototype).concat(Object.getOwnPropertyNames(Body.prototype)));
  return requesters.has("");
}

function requestText(spec, request, found) {
  const { url, method, headers, redirect } = requestOf(request);
  const options = {
    headers: plainHeaders(headers), redirects: redirect === "follow" ? HOPS : 0, timeout: PATIENCE, bytes: true,
  };
  const data = dataOf(request);
  if (data !== null) put(options, "body", data);
  const given = bare();
  if (spec === requesters.get("")) given[0] = method;
  given[given.length] = url;
  given[given.length] = options;
  return written(spec, "", given, bare(), found);
}

// Returns what the host has answered as a response.
function answered(request, { status, url, headers: map, bytes }) {
  const { url: asked, redirect } = requestOf(request);
  if (redirect === "error" && status >= 300 && status < 400 && hasOwn(map, "location")) {
    throw fault(fields("http", "fetch: the answer is a redirect", 'it is followed with `redirect: "follow"`'));
  }
  const headers = new Headers();
  const names = keys(map);
  for (let i = 0; i < names.length; i++) {
    const lines = divided(map[names[i]], "\n");
    for (let k = 0; k < lines.length; k++) headers.append(names[i], lines[k]);
  }
  const redirected = redirect === "follow" && plainHref(url) !== plainHref(asked);
  const parts = { __proto__: null, status, url, redirected };
  return responseOver(fromBase64(bytes ?? ""), parts, headers);
}

// Returns a URL as two of them are compared that lead to the same: all is decoded, and there is no fragment.
function plainHref(text) {
  const at = indexOf(text, "#");
  return percentDecoded(at < 0 ? text : slice(text, 0, at));
}

// Says what failed by the name that the script has called.
function renamed(error, op) {
  if (startsWith(error.message, `${op}: `)) {
    put(error, "message", `fetch: ${slice(error.message, op.length + 2)}`, false);
    replace(error, placesOf(error));
  }
  return error;
}

function conclude(wait, request, ok, value) {
  try {
    finish(wait, ok, ok ? answered(request, value) : renamed(value, wait.call.spec.op));
  } catch (error) {
    finish(wait, false, locate(error, wait.found));
  }
}

function sendRequest(wait, request) {
  const { method, signal } = requestOf(request);
  const state = signalOf(signal);
  if (state.aborted) return finish(wait, false, state.reason);
  const spec = requesters.get(method) ?? requesters.get("");
  const giveUp = (reason) => {
    if (wait.state !== PENDING) return;
    quit(wait.call);
    settle(wait, false, reason);
  };
  wait.wake = (ok, value) => {
    state.algorithms.delete(giveUp);
    conclude(wait, request, ok, value);
  };
  send(spec, wait, bare(), requestText(spec, request, wait.found));
  state.algorithms.add(giveUp);
}

const fetch = (input, init) => {
  const wait = hold("fetch", siteOf(fetch), FetchGuard);
  if (wait.state !== PENDING) return wait.promise;
  try {
    sendRequest(wait, new Request(input, init));
  } catch (error) {
    finish(wait, false, locate(error, wait.found));
  }
  return wait.promise;
};
